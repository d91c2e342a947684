"""The way out: SSE, WebSocket, polling, pages, widgets, health and drain."""
