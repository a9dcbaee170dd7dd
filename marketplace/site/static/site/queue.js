// Keys of the queues. Everything works without them, by the same buttons.
"use strict";
{
  const accept = document.getElementById("queue-accept");
  const refuse = document.getElementById("queue-refuse");
  const skip = document.getElementById("queue-skip");
  const help = document.getElementById("queue-help");
  const reasons = () => [...refuse.querySelectorAll('input[name="chosen"]')];
  let isSent = false;
  // A key that was pressed twice must not decide about the next, which nobody has seen.
  let isReady = false;

  for (const form of [accept, refuse]) {
    form.addEventListener("submit", (event) => {
      if (isSent) {
        event.preventDefault();
      }
      isSent = true;
    });
  }
  const actions = {
    a: () => accept.requestSubmit(accept.querySelector("button")),
    r: () => (reasons().find((reason) => reason.checked) || reasons()[0] || refuse.elements.words).focus(),
    w: () => refuse.elements.words.focus(),
    s: () => skip.click(),
    "?": () => (help.open ? help.close() : help.showModal()),
  };
  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || isSent || !isReady) {
      return;
    }
    const isTyping = event.target.closest("textarea, select, input:not([type=radio])");
    if (event.key === "Escape" && isTyping) {
      event.target.blur();
      return;
    }
    if (isTyping || (help.open && event.key !== "?")) {
      return;
    }
    const reason = /^[1-9]$/.test(event.key) ? reasons()[event.key - 1] : null;
    const action = reason ? () => { reason.checked = true; reason.focus(); } : actions[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  });
  document.getElementById("queue-help-open").addEventListener("click", actions["?"]);
  setTimeout(() => {
    isReady = true;
    document.body.dataset.queue = "ready";
  }, 250);
}
