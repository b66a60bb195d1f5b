"use strict";
// The sentence of a rule follows what is written in its form. Rows are put in, fitted to what was chosen and taken out
// by what the server draws; the place of the keyboard stays, or goes to what is new.
const words = document.querySelector("[data-preview]");
const form = document.getElementById("rule_form");
const sent = () => new URLSearchParams(new FormData(form)).toString();
let underWay;
const draw = async (wish) => {
  underWay?.abort();
  underWay = new AbortController();
  const before = sent();
  const body = new FormData(form);
  if (wish) body.append("_wish", wish);
  const answer = await fetch(words.dataset.preview, { method: "POST", body, signal: underWay.signal }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  words.querySelector("[data-said]").textContent = page.querySelector("[data-said]").textContent;
  if (wish === undefined) return;
  if (sent() !== before) return draw(wish); // something was typed meanwhile
  const here = page.querySelector("[data-focus]").dataset.focus || document.activeElement.id;
  page.querySelectorAll("[data-rows]").forEach((fresh) => document.getElementById(fresh.id).replaceWith(fresh));
  document.getElementById(here)?.focus();
};
if (words && form) {
  let soon;
  form.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(draw, 400);
  });
  form.addEventListener("change", (event) => event.target.matches("[data-draws]") && draw(""));
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-wish]");
    if (button) draw(button.dataset.wish);
  });
}
