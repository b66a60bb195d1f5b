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
// The boxes that look choices up are drawn without a name; they take that of the field they stand for.
const name = (part, text) => part.setAttribute("aria-label", text);
window.django?.jQuery?.(() => {
  document.querySelectorAll("select.admin-autocomplete").forEach((select) => {
    const text = (select.labels[0]?.textContent || select.getAttribute("aria-label") || "").trim();
    const parts = select.nextElementSibling?.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox]");
    parts?.forEach((part) => name(part, text));
  });
});
document.addEventListener("focusin", (event) => {
  const isNew = event.target.matches(".select2-search__field:not([aria-label])");
  if (isNew) name(event.target, "Type to search");
});
