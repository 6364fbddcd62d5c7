import pytest

from conversions.jobs.states import CHANGES, ENDED, State, before


def test_every_state_has_its_line_in_the_table() -> None:
    assert set(CHANGES) == set(State)


@pytest.mark.parametrize("new", State)
@pytest.mark.parametrize("old", State)
def test_before_is_the_table_read_backwards(old: State, new: State) -> None:
    assert (old in before(new)) == (new in CHANGES[old])


def test_ended_states_are_those_that_nothing_leaves_by_itself() -> None:
    assert {state for state in State if state.ended} == ENDED
    assert all(CHANGES[state] <= {State.QUEUED} for state in ENDED)
