"""The server: HTTP, websockets and worker processes. It never imports jax or pcviz_core; only the worker does."""
