import { EMPTY, reduce } from "./state.js";

/** Holds the page's state, and fires `change` ({before, after}) with each action. */
export class Store extends EventTarget {
  state = EMPTY;

  /** @param {import("./state.js").Action} action */
  dispatch(action) {
    const before = this.state;
    this.state = reduce(before, action);
    this.dispatchEvent(new CustomEvent("change", { detail: { before, after: this.state } }));
  }
}
