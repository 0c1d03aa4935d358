"""`python -m pcviz_server` is `pcviz`."""

if __name__ == "__main__":
    # The spawned worker imports this file too, under another name; it must not bring the server into that process.
    from pcviz_server.cli import app

    app()
