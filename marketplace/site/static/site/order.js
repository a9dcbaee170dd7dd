// Puts the rows of a list into another order, by mouse or keyboard; the form sends them as they stand.
"use strict";
{
  const list = document.getElementById("order");
  let dragged = null;

  const move = (row, step) => {
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (other) {
      list.insertBefore(row, step < 0 ? other : other.nextElementSibling);
    }
  };
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) {
      move(button.closest("li"), button.className === "up" ? -1 : 1);
      button.focus();
    }
  });
  list.addEventListener("keydown", (event) => {
    const button = event.target.closest("button");
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (button && step) {
      event.preventDefault();
      move(button.closest("li"), step);
      button.focus();
    }
  });
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("li");
    event.dataTransfer.effectAllowed = "move";
  });
  list.addEventListener("dragover", (event) => {
    const row = event.target.closest("li");
    if (!dragged || !row) {
      return;
    }
    event.preventDefault();
    const box = row.getBoundingClientRect();
    const isBelow = event.clientY > box.top + box.height / 2;
    list.insertBefore(dragged, isBelow ? row.nextElementSibling : row);
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", () => {
    dragged = null;
  });
}
