"""Open connections of the realtime process."""

from marketplace.settings.environment import env

# How long a new connection may stay without its first message, which says who it is.
LIVE_AUTH_SECONDS = env.float("LIVE_AUTH_SECONDS", 10.0)
# How often a connection hears that the server is there; in between, sign-ins are checked.
LIVE_HEARTBEAT_SECONDS = env.float("LIVE_HEARTBEAT_SECONDS", 25.0)
# The WebSocket's own ping; a client that does not answer for as long again has gone.
LIVE_PING_SECONDS = env.float("LIVE_PING_SECONDS", 20.0)
LIVE_SWEEP_SECONDS = env.float("LIVE_SWEEP_SECONDS", 15.0)
LIVE_CONNECTIONS_PER_USER = env.int("LIVE_CONNECTIONS_PER_USER", 10)
LIVE_CONNECTIONS_PER_PROCESS = env.int("LIVE_CONNECTIONS_PER_PROCESS", 5000)
