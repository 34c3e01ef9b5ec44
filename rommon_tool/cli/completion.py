"""`rommon completion SHELL`: the script that makes Tab complete commands, options and platform names."""

import rich_click as click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Example:
      rommon completion bash > ~/.local/share/bash-completion/completions/rommon
    """
    script = get_completion_class(shell)
    if script is not None:
        click.echo(script(ctx.find_root().command, {}, "rommon", "_ROMMON_COMPLETE").source())
