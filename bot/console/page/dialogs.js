// What stands above the page: pictures, questions, and the app's modals.

import { blocks, text } from "./blocks.js";
import { act } from "./api.js";
import { el, replace } from "./dom.js";
import { collect } from "./elements.js";
import { plain } from "./mrkdwn.js";

const holder = () => document.getElementById("dialogs");

function show(dialog) {
  holder().append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.dispatchEvent(new Event("cancel", { cancelable: true })) && dialog.close());
  dialog.showModal();
  return dialog;
}

export function lightbox(address, words) {
  const dialog = el("dialog", { class: "lightbox", "aria-label": words });
  dialog.append(
    el("img", { src: address, alt: words }),
    el("div", { class: "caption" }, el("span", {}, words),
      el("a", { class: "button", href: address, download: "" }, "Download"),
      el("button", { class: "button", type: "button", autofocus: true, onclick: () => dialog.close() }, "Close")));
  show(dialog);
}

export function confirmed(spec, names) {
  return new Promise((settle) => {
    let yes = false;
    const dialog = el("dialog", { class: "card small", "aria-label": plain(spec.title.text) },
      el("h2", {}, plain(spec.title.text)),
      el("div", { class: "card-body" }, text(spec.text, names)),
      el("footer", {},
        el("button", { class: "button", type: "button", onclick: () => dialog.close() }, plain(spec.deny.text)),
        el("button", {
          class: `button ${spec.style === "danger" ? "danger solid" : "primary solid"}`, type: "button", autofocus: true,
          onclick: () => { yes = true; dialog.close(); },
        }, plain(spec.confirm.text))));
    dialog.addEventListener("close", () => settle(yes));
    show(dialog);
  });
}

// Shows the topmost of the app's modals; typed values outlive an update of the same view.
export class Modals {
  constructor(host) {
    this.host = host;
    this.shown = null;
  }

  sync(stack, person) {
    const view = stack.at(-1) ?? null;
    if (view?.id === this.shown?.id && view?.hash === this.shown?.hash) return;
    const typed = view && this.shown?.id === view.id ? this.typed() : null;
    this.shown = view;
    this.dialog?.close();
    this.dialog = view ? show(this.build(view, person)) : null;
    if (typed) this.retype(typed);
  }

  typed() {
    return [...this.dialog.querySelectorAll("input,textarea,select")].map((node) => [node.id, node.value]);
  }

  retype(typed) {
    for (const [id, value] of typed) {
      const node = id && this.dialog.querySelector(`#${CSS.escape(id)}`);
      if (node && !node.value) node.value = value;
    }
  }

  build(view, person) {
    const form = el("form", { method: "dialog", class: "card-form", "data-surface": "view" });
    const press = (element, option, values) => act("press", { person, view: view.id, ...element, option, values });
    const dialog = el("dialog", { class: "card", "aria-label": plain(view.title.text) }, form);
    const closing = () => act("dismiss", { person });
    dialog.addEventListener("cancel", (event) => { event.preventDefault(); closing(); });
    form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(view, person, form); });
    form.append(
      el("h2", {}, el("span", { class: "avatar bot small", "aria-hidden": "true" }, "P"), plain(view.title.text),
        el("button", { type: "button", class: "icon", "aria-label": "Close", onclick: closing }, el("i", { class: "cross" }))),
      el("div", { class: "card-body" }, blocks(view.blocks, { ...this.host, press })),
      el("p", { class: "complaint", role: "alert", hidden: true }),
      el("footer", {},
        el("button", { type: "button", class: "button", onclick: closing }, plain(view.close?.text ?? "Cancel")),
        view.submit ? el("button", { class: "button primary solid" }, plain(view.submit.text)) : null));
    return dialog;
  }

  async submit(view, person, form) {
    const values = collect(form);
    const own = this.missing(form);
    const button = form.querySelector("footer .primary");
    if (!Object.keys(own).length) button.classList.add("busy");
    const outcome = Object.keys(own).length ? { errors: own } : await act("submit", { person, view: view.id, values });
    button.classList.remove("busy");
    const general = form.querySelector(":scope > .complaint");
    general.hidden = !outcome.problem;
    general.textContent = outcome.problem ?? "";
    for (const place of form.querySelectorAll("[data-input]")) {
      const words = outcome.errors?.[place.dataset.input];
      const complaint = place.querySelector(".complaint");
      replace(complaint, words ? document.createTextNode(words) : null);
      complaint.hidden = !words;
    }
    form.querySelector("[data-input] .complaint:not([hidden])")?.parentNode.querySelector("input,textarea,select")?.focus();
  }

  // Slack's client itself does not let a needed input stay empty.
  missing(form) {
    const empty = [...form.querySelectorAll("[data-input][data-optional=false]")].filter((place) => {
      const state = place.querySelector("[data-action]").slack();
      const value = Object.entries(state).find(([key]) => key !== "type")?.[1];
      return value === null || value === undefined || value.length === 0;
    });
    return Object.fromEntries(empty.map((place) => [place.dataset.input, "Please complete this required field."]));
  }
}
