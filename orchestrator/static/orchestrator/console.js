"use strict";
// Filter menus close on a click elsewhere and on Escape; "/" goes to the search box.
const openPicks = () => document.querySelectorAll("details.pick[open]");
document.addEventListener("click", (event) => {
  openPicks().forEach((pick) => pick.contains(event.target) || pick.removeAttribute("open"));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    openPicks().forEach((pick) => {
      pick.removeAttribute("open");
      pick.querySelector("summary").focus();
    });
  }
  const box = document.getElementById("searchbar");
  const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && box && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    box.focus();
  }
});
