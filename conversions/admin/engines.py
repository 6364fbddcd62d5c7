"""Engines and their pairs: which are here, how they did, and a switch for each pair."""

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from conversions.admin.base import has_permission, may_see
from conversions.admin.experience import DAYS, Experience, experience
from conversions.catalog import formats
from conversions.engines import registry
from conversions.engines.engine import ANY, Engine
from conversions.engines.registry import Pair
from conversions.jobs import switches
from conversions.models import Conversion, SwitchedOffPair
from conversions.sandbox import isolation

BETWEEN = ">"  # formats in a form's value; no id has it


def overview(request: HttpRequest) -> HttpResponse:
    """All engines, and what their processes are kept from."""
    known = _known(request)
    engines = [
        {
            "engine": engine,
            "version": engine.version(),
            "pairs": len(pairs := _pairs(engine)),
            "off": len(registry.switches.off.intersection(pairs)),
            "tally": known.engines[engine.id],
        }
        for engine in registry.ENGINES
    ]
    context = {"title": "Engines", "engines": engines, "days": DAYS, "isolation": isolation.available()}
    return TemplateResponse(request, "admin/conversions/engines.html", {**admin.site.each_context(request), **context})


def one(request: HttpRequest, engine: str) -> HttpResponse:
    """An engine's pairs. A POST with `act` (`off` or `on`) and `pair` (each `source>target`) switches those."""
    known = _known(request)
    found = next((each for each in registry.ENGINES if each.id == engine), None)
    if found is None:
        raise Http404
    if request.method == "POST":
        return _switch(request, found)
    pairs = [
        {
            "value": f"{pair[1]}{BETWEEN}{pair[2]}",
            "source": _name(pair[1]),
            "target": _name(pair[2]),
            "is_off": pair in registry.switches.off,
            "tally": known.pairs[pair],
        }
        for pair in _pairs(found)
    ]
    context = {
        "title": f"Engine {found.id}",
        "engine": found,
        "version": found.version(),
        "pairs": pairs,
        "days": DAYS,
        "may_act": has_permission(request, "change", SwitchedOffPair),
    }
    return TemplateResponse(request, "admin/conversions/engine.html", {**admin.site.each_context(request), **context})


def _known(request: HttpRequest) -> Experience:
    """How all did, for who may see it; and look what is switched off."""
    if not (may_see(request, Conversion) or may_see(request, SwitchedOffPair)):
        raise PermissionDenied
    switches.look()
    return experience()


def _switch(request: HttpRequest, engine: Engine) -> HttpResponse:
    act = request.POST.get("act")
    if act not in ("on", "off") or not has_permission(request, "change", SwitchedOffPair):
        raise PermissionDenied
    chosen = set(request.POST.getlist("pair"))
    pairs = [pair for pair in _pairs(engine) if f"{pair[1]}{BETWEEN}{pair[2]}" in chosen]
    switched = list(filter(None, (switches.switch(pair, act == "on") for pair in pairs)))
    hand = str(request.user.pk)
    for row in switched:
        LogEntry.objects.log_actions(hand, [row], CHANGE, f"Switched {act}.", single_object=True)
    level = messages.SUCCESS if switched else messages.WARNING
    messages.add_message(request, level, f"Pairs that were switched {act}: {len(switched)}.")
    return redirect("admin:conversions_engine", engine.id)


def _pairs(engine: Engine) -> list[Pair]:
    return list(dict.fromkeys((engine.id, way.source, way.target) for way in engine.ways))


def _name(id: str) -> str:
    return "any" if id == ANY else formats.by_id(id).name
