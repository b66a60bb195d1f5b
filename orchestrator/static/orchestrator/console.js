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
// A part of a page that tells of now is fetched anew while somebody looks at it and is not at work in it.
const livePart = () => document.querySelector("[data-refresh]");
const refresh = async () => {
  if (document.hidden || livePart().contains(document.activeElement)) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page && page.querySelector("[data-refresh]");
  if (fresh) livePart().replaceWith(fresh);
};
if (livePart()) setInterval(refresh, livePart().dataset.refresh * 1000);
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
