// Live notifications for a shop front: reconnects, catches up and keeps its token fresh.
// An ES module without dependencies; docs/live.md describes the protocol.
//
//   const live = connectLive({
//     url: "wss://shop.example.com/ws/notifications",
//     getToken: async (isStale) => isStale ? await refreshAccessToken() : accessToken,
//     lastId: localStorage.lastNotificationId,
//     onConnected: (ready) => showAsLive(),
//     onNotification: (n) => { localStorage.lastNotificationId = n.id; show(n); },
//     onOrder: (message) => updateOrder(message.order),
//     onRefresh: () => reloadWhatIsShown(),
//     onSignedOut: () => location.assign("/login"),
//   });
//   live.close();

const SIGN_IN_ENDED = 4403;
const REPLACED = 4408;
const NOT_AUTHENTICATED = 4401;
const LONGEST_PAUSE_MS = 30_000;

export function connectLive({ url, getToken, lastId = null, ...handlers }) {
  const call = (name, value) => handlers[name]?.(value);
  let socket, silence, retry, closed = false, failures = 0, wasOpen = false, isStale = false;

  async function authenticate(target, resume) {
    const token = await getToken(isStale);
    isStale = false;
    if (target.readyState !== WebSocket.OPEN) return;
    const message = { type: "auth", token };
    if (resume && lastId) message.last_id = lastId;
    target.send(JSON.stringify(message));
  }

  function heard(target, seconds) {
    clearTimeout(silence);
    silence = setTimeout(() => { target.close(); again(target, 1006); }, seconds * 2_500);
  }

  function again(target, code) {
    if (target !== socket) return; // of an earlier connection
    socket = null;
    clearTimeout(silence);
    if (closed) return;
    if (code === SIGN_IN_ENDED) return call("onSignedOut");
    if (code === REPLACED) return; // this user has newer connections, in other tabs perhaps
    isStale = code === NOT_AUTHENTICATED;
    const pause = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** failures++);
    retry = setTimeout(open, pause * (0.5 + Math.random() / 2));
  }

  function open() {
    const target = socket = new WebSocket(url);
    let heartbeat = 25, isNew = true;
    heard(target, heartbeat);
    target.onopen = () => authenticate(target, true).catch(() => target.close());
    target.onclose = (event) => again(target, event.code);
    target.onmessage = (event) => {
      heard(target, heartbeat);
      const message = JSON.parse(event.data);
      switch (message.type) {
        case "ready":
          failures = 0;
          heartbeat = message.heartbeat_seconds;
          lastId ??= message.last_id;
          if (wasOpen && isNew) call("onRefresh"); // of order messages none is kept
          if (isNew) call("onConnected", message);
          wasOpen = true;
          isNew = false;
          break;
        case "notification":
          lastId = message.notification.id;
          call("onNotification", message.notification);
          break;
        case "order":
          call("onOrder", message);
          break;
        case "refresh":
          call("onRefresh");
          break;
        case "resumed":
          if (!message.complete) {
            lastId = message.last_id;
            call("onRefresh");
          }
          break;
        case "token_expiring":
          isStale = true;
          authenticate(target, false).catch(() => target.close());
          break;
      }
    };
  }

  open();
  return {
    close() {
      closed = true;
      clearTimeout(retry);
      clearTimeout(silence);
      socket?.close();
    },
  };
}
