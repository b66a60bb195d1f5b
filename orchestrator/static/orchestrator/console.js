"use strict";
// Filter menus close on a click elsewhere and on Escape; "/" goes to the search box of a list, or to that for customers.
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
  const box = document.getElementById("searchbar") || document.getElementById("find-customer");
  const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && box && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    box.focus();
  }
});
// A part of a page that tells of now is fetched anew while somebody looks at it. What is the same is not touched; the
// place of the keyboard stays, and nothing is taken from under a menu, a form or a selection that somebody is at.
const livePart = () => document.querySelector("[data-refresh]");
const keyOf = (element) => element.id || element.getAttribute("href");
const isInUse = (part) => part.querySelector("details[open]") || document.activeElement.matches("input, select, textarea") || !getSelection().isCollapsed;
const refresh = async () => {
  if (document.visibilityState !== "visible") return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page && page.querySelector("[data-refresh]");
  const part = livePart();
  if (page && !fresh && !isInUse(part)) return location.reload(); // what was under way is over
  if (!fresh || part.isEqualNode(fresh) || isInUse(part)) return;
  const held = part.contains(document.activeElement) && document.activeElement;
  const twin = held && [...fresh.querySelectorAll(held.localName)].find((each) => keyOf(each) && keyOf(each) === keyOf(held));
  if (held && !twin) return;
  part.replaceWith(fresh);
  if (twin) twin.focus({ preventScroll: true });
};
if (livePart()) {
  setInterval(refresh, livePart().dataset.refresh * 1000);
  document.addEventListener("visibilitychange", refresh);
}
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
