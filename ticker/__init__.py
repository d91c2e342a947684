"""The core: events, channels, cursors, the log, the hub, encodings and configuration.

Pure: no socket, no `await` in the hot path, every clock injected. `feeds` fills the log, `web` empties it.
"""

__version__ = "0.1.0"
