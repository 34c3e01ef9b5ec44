"""`rommon platforms [NAME]`: what is known of each family, and how it is known."""

import json
from typing import TYPE_CHECKING

import rich_click as click

from rommon_tool.cli.options import option, platform_completion

if TYPE_CHECKING:
    from platforms import AccessPoint, Platform, Stranger


@click.command()
@click.argument("name", required=False, shell_complete=platform_completion)
@option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
def platforms(name: str | None, *, as_json: bool) -> None:
    """List the families, or every value known of one, with its evidence.

    \b
    Example:
      rommon platforms asa5506x
    """
    from platforms import access_point, load_platform, platform_names, strangers

    if name:
        refused: dict[str, Stranger | AccessPoint] = {stranger.name: stranger for stranger in strangers()}
        others = refused | {"ap": access_point()}
        _show_one(others[name] if name in others else load_platform(name), as_json=as_json)
        return
    known: list[Platform | AccessPoint] = [access_point(), *map(load_platform, platform_names())]
    for platform in known:
        fields = {
            "name": platform.name,
            "title": platform.title,
            "models": platform.models,
            "evidence": _counts(platform),
        }
        text = f"{platform.name:12} {', '.join(platform.models)}\n{'':12} evidence: {fields['evidence']}"
        click.echo(json.dumps({"v": 1, "kind": "platform", **fields}) if as_json else text)
    for stranger in strangers():
        if stranger.name == access_point().name:
            continue  # it has a procedure, and stands above
        _show_stranger(stranger, as_json=as_json)


def _show_stranger(stranger: "Stranger", *, as_json: bool) -> None:
    fields = {"name": stranger.name, "title": stranger.title, "models": stranger.models, "evidence": _counts(stranger)}
    text = f"{stranger.name:12} refused: {', '.join(stranger.models)}"
    click.echo(json.dumps({"v": 1, "kind": "stranger", **fields}) if as_json else text)


def _show_one(platform: "Platform | Stranger | AccessPoint", *, as_json: bool) -> None:
    if not as_json:
        click.echo(f"{platform.title}: {', '.join(platform.models)}\n")
    for path, evidence in platform.evidence.items():
        value = _shown(platform, path)
        row = {"path": path, "value": value, "evidence": evidence.kind, "source": evidence.source}
        text = f"{path}\n    {value}\n    {evidence.kind}: {evidence.source}"
        click.echo(json.dumps({"v": 1, "kind": "value", **row}) if as_json else text)


def _counts(platform: "Platform | Stranger | AccessPoint") -> str:
    kinds = [evidence.kind for evidence in platform.evidence.values()]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(sorted(kinds)))


def _shown(platform: "Platform | Stranger | AccessPoint", path: str) -> str:
    value: object = platform
    for part in path.split("."):
        value = value[part] if isinstance(value, dict) else getattr(value, part)
    items = value if isinstance(value, tuple) else (value,)
    return "  |  ".join(item.pattern.decode("latin-1") if hasattr(item, "pattern") else repr(item) for item in items)
