"""The command line: `pcviz`, which is `pcviz serve`.

The spawned worker imports this file when the command is its main module, so what serves is imported by the command alone.
"""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(add_completion=False)


@app.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Watch a predictive coding network think. Without a command: `serve`."""
    if context.invoked_subcommand is None:
        serve()


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.", show_default="8000")] = None,
    public: Annotated[
        bool | None, typer.Option("--public", help="Listen on every address, with the limits of a public demonstration.")
    ] = None,
) -> None:
    """Serve the page. Every other setting is an environment variable: PCVIZ_ALLOWED_ORIGINS and so on."""
    import uvicorn

    from pcviz_server.app import create_app
    from pcviz_server.log import configure_logging
    from pcviz_server.settings import Settings, unknown_settings

    given: dict[str, Any] = {"host": host, "port": port, "public": public}
    for sentence in unknown_settings(os.environ):
        typer.echo(sentence, err=True)
    try:
        settings = Settings.read(**{name: value for name, value in given.items() if value is not None})
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    configure_logging(settings.log_level)
    listener = _listen(settings.bind_address, settings.port)
    config = uvicorn.Config(
        create_app(settings),
        ws="websockets-sansio",
        ws_max_size=65_536,
        ws_per_message_deflate=False,
        ws_ping_interval=15,
        ws_ping_timeout=15,
        timeout_graceful_shutdown=5,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    bound_host, bound_port = listener.getsockname()[:2]
    shown = socket.gethostname() if bound_host in ("0.0.0.0", "::") else bound_host
    typer.echo(f"pcviz is at http://{f'[{shown}]' if ':' in str(shown) else shown}:{bound_port}  (Ctrl-C stops it)")
    uvicorn.Server(config).run(sockets=[listener])


@app.command()
def run(
    spec: Annotated[
        Path | None, typer.Argument(metavar="[SPEC.json]", help="A JSON object of controls, as in the page's address.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the run: spec, metrics, weights, and all to go on from.")] = None,
    learning_steps: Annotated[int, typer.Option("--steps", min=1, help="Learning steps to do.")] = 500,
    evaluate_every: Annotated[int, typer.Option(min=1, help="Learning steps between evaluations.")] = 50,
    measure: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Also measure this with each evaluation; may be given again.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Go on with the run in this folder, bit for bit, instead of a new one.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a run that is in the folder already.")] = False,
) -> None:
    """Run a spec without a page, or go on with a run.

    Ctrl-C finishes the learning step, writes everything and ends. Ends with 2 if the spec is refused, 3 if the run diverges, and
    130 (143) if Ctrl-C (or SIGTERM) stopped it.
    """
    from rich.progress import Progress

    from pcviz_core.errors import PcvizError
    from pcviz_server import headless

    if resume is not None and (spec is not None or out is not None or force):
        typer.echo("--resume goes on with the run in its folder: give no spec, no --out and no --force with it.", err=True)
        raise typer.Exit(2)
    if resume is None and (spec is None or out is None):
        typer.echo("A new run needs a spec and --out: pcviz run SPEC.json --out RUN. --resume RUN goes on with one.", err=True)
        raise typer.Exit(2)
    try:
        if spec is None or out is None:
            assert resume is not None
            out, experiment = resume, headless.resume(resume)
            headless.check_measurements(experiment.spec, measure or ())
        else:
            checked = headless.read_spec(spec)
            headless.check_measurements(checked, measure or ())
            headless.prepare_folder(out, force=force)
            experiment = headless.start(checked, out)
    except PcvizError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    with Progress(transient=True) as bar, _stopped_by_signals() as signals:
        task = bar.add_task("learning", total=learning_steps)
        how = (learning_steps, evaluate_every, lambda done: bar.update(task, completed=done), measure or ())
        outcome = headless.go_on(experiment, out, *how, is_stopped=lambda: bool(signals))
    typer.echo(f"Wrote {out}, at k = {outcome.learn_step}.")
    if outcome.diverged is not None:
        typer.echo(f"Diverged: {outcome.diverged}", err=True)
        raise typer.Exit(3)
    if outcome.stopped:
        typer.echo(f"Stopped as asked. Go on with: pcviz run --resume {out}", err=True)
        raise typer.Exit(128 + signals[0])


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[list[int]]:
    """The signals that asked to stop, while inside; a second one ends the process as it would have without this."""
    came: list[int] = []

    def note(number: int, _: object) -> None:
        came.append(number)
        signal.signal(number, before[number])

    before: dict[int, Any] = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens, or the end of the programme with a sentence."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        typer.echo(f"Cannot listen on {host} port {port}: {why}. Choose another with --host or --port.", err=True)
        raise typer.Exit(1) from None
