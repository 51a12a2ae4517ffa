// Where people write: Enter sends, the arrow up brings back, `/` and `@` complete.

import { el, replace } from "./dom.js";

export class Composer {
  // options: label(), send(text), commands(), mentions(), allowsCommands, examples?()
  constructor(place, options) {
    this.options = options;
    this.history = [];
    this.back = 0;
    this.offers = [];
    this.at = 0;
    const id = `${place.id}-offers`;
    this.area = el("textarea", {
      rows: 1, autocomplete: "off", spellcheck: "true", role: "combobox", "aria-autocomplete": "list",
      "aria-expanded": "false", "aria-controls": id, enterkeyhint: "send",
      oninput: () => this.typed(), onkeydown: (event) => this.key(event), onblur: () => setTimeout(() => document.activeElement === this.area || this.offer([]), 120),
    });
    this.popup = el("div", { class: "offers", id, role: "listbox", "aria-label": "Suggestions", hidden: true });
    this.hint = el("p", { class: "hint" });
    this.button = el("button", { type: "button", class: "send", "aria-label": "Send", disabled: true, onclick: () => this.send() }, el("i", { class: "plane" }));
    const tools = options.tools?.() ?? [];
    replace(place, this.popup, el("div", { class: "box" }, this.area, el("div", { class: "bar" }, tools, this.hint, this.button)));
    this.relabel();
  }

  relabel() {
    const label = this.options.label();
    this.area.placeholder = label;
    this.area.setAttribute("aria-label", label);
    this.typed();
  }

  focus() {
    this.area.focus();
  }

  write(text) {
    this.area.value = text;
    this.area.focus();
    this.typed();
  }

  async send(given) {
    const text = (given ?? this.area.value).trim();
    if (!text) return;
    if (given === undefined) this.area.value = "";
    this.history.push(text);
    this.back = 0;
    this.typed();
    await this.options.send(text);
  }

  key(event) {
    const open = !this.popup.hidden;
    if (event.isComposing) return;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.mark((this.at + (event.key === "ArrowDown" ? 1 : -1) + this.offers.length) % this.offers.length);
    } else if (open && (event.key === "Tab" || (event.key === "Enter" && !this.offers[this.at].isWhole))) {
      event.preventDefault();
      this.take(this.offers[this.at]);
    } else if (open && event.key === "Escape") {
      event.stopPropagation();
      this.offer([]);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.offer([]);
      this.send();
    } else if (event.key === "ArrowUp" && (!this.area.value || this.back)) {
      this.recall(event, 1);
    } else if (event.key === "ArrowDown" && this.back) {
      this.recall(event, -1);
    }
  }

  recall(event, step) {
    const next = this.back + step;
    if (next > this.history.length) return;
    event.preventDefault();
    this.back = next;
    this.area.value = next ? this.history.at(-next) : "";
    this.typed();
    this.offer([]);
  }

  typed() {
    const text = this.area.value;
    this.button.disabled = !text.trim();
    this.area.style.height = "auto";
    if (this.area.scrollHeight) this.area.style.height = `${Math.min(this.area.scrollHeight, 200)}px`;
    this.offer(document.activeElement === this.area ? this.found(text) : []);
    const command = this.options.commands().find((c) => text.startsWith(`${c.name} `));
    this.hint.textContent = command ? `${command.name} ${command.hint}` : text ? "Shift + Enter for a new line" : "";
  }

  found(text) {
    const head = text.slice(0, this.area.selectionStart);
    if (this.options.allowsCommands && /^\/\S*$/.test(head)) {
      return this.options.commands().filter((c) => c.name.startsWith(head.toLowerCase())).map((c) => ({
        label: c.name, detail: c.hint, words: c.description, text: `${c.name} `, isWhole: false,
      }));
    }
    const command = this.options.allowsCommands && this.options.commands().find((c) => c.name === head.trim() || head === `${c.name} `);
    if (command && head.endsWith(" ")) {
      return command.examples.map((example) => ({ label: example, words: "", detail: "", text: example, isWhole: false }));
    }
    const mention = /(?:^|\s)@(\w*)$/.exec(head);
    if (!mention) return [];
    return this.options.mentions().filter((p) => p.name.toLowerCase().startsWith(mention[1].toLowerCase())).map((p) => ({
      label: `@${p.name}`, detail: "", words: p.title ?? "", text: `${head.slice(0, head.length - mention[1].length - 1)}@${p.handle} `, isWhole: false,
    }));
  }

  offer(offers) {
    this.offers = offers;
    this.popup.hidden = !offers.length;
    this.area.setAttribute("aria-expanded", String(offers.length > 0));
    replace(this.popup, offers.map((item, index) => el("div", {
      role: "option", id: `${this.popup.id}-${index}`, class: "offer",
      onpointerdown: (event) => { event.preventDefault(); this.take(item); }, onpointermove: () => this.mark(index),
    }, el("b", {}, item.label), el("code", {}, item.detail), el("span", {}, item.words))));
    this.mark(0);
  }

  mark(index) {
    this.at = index;
    [...this.popup.children].forEach((node, i) => node.setAttribute("aria-selected", String(i === index)));
    if (this.offers.length) this.area.setAttribute("aria-activedescendant", `${this.popup.id}-${index}`);
    else this.area.removeAttribute("aria-activedescendant");
  }

  take(item) {
    this.area.value = item.text + this.area.value.slice(this.area.selectionStart);
    this.area.focus();
    this.area.setSelectionRange(item.text.length, item.text.length);
    this.typed();
  }
}
