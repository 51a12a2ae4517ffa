// Builds the page from nodes and text alone: content never passes through innerHTML.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

// A small picture from one path, as large as the text around it.
export function drawn(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of [["viewBox", "0 0 24 24"], ["class", "drawn"], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export function replace(node, ...children) {
  node.replaceChildren(...children.flat().filter(Boolean));
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const long = new Intl.DateTimeFormat(undefined, { weekday: "long", month: "long", day: "numeric" });

export const moment = (ts) => new Date(Number(ts) * 1000);
export const timeOf = (ts) => clock.format(moment(ts));
export const fullTime = (ts) => full.format(moment(ts));

export function dayOf(ts) {
  const day = moment(ts).toDateString();
  const today = new Date();
  if (day === today.toDateString()) return "Today";
  today.setDate(today.getDate() - 1);
  return day === today.toDateString() ? "Yesterday" : long.format(moment(ts));
}

export function avatar(person) {
  const initials = person.name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("");
  const node = el("span", { class: `avatar${person.isBot ? " bot" : ""}`, "aria-hidden": "true" }, initials);
  if (!person.isBot) node.style.setProperty("--own", person.colour);
  return node;
}

// A button with a list below it: Enter, Space and arrows work, Escape closes.
export function menuButton(label, attributes, items) {
  const list = el("div", { class: "menu", role: "menu", hidden: true });
  const button = el("button", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", ...attributes }, label);
  const holder = el("span", { class: "menu-holder" }, button, list);
  const close = () => {
    list.hidden = true;
    button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
  };
  const outside = (event) => holder.contains(event.target) || close();
  const choices = () => [...list.querySelectorAll("[role^=menuitem]")];
  const open = () => {
    replace(list, items().map((item) => item.divider
      ? el("p", { class: "menu-title" }, item.divider)
      : el("button", {
          type: "button", role: item.chosen === undefined ? "menuitem" : "menuitemradio", tabindex: "-1",
          "aria-checked": item.chosen === undefined ? null : String(item.chosen),
          onclick: () => { close(); button.focus(); item.act(); },
        }, item.label)));
    list.hidden = false;
    button.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", outside, true);
    (choices().find((c) => c.getAttribute("aria-checked") === "true") ?? choices()[0])?.focus();
  };
  button.addEventListener("click", () => (list.hidden ? open() : close()));
  holder.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const all = choices();
    const at = all.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); all[(at + step + all.length) % all.length]?.focus(); }
    if (event.key === "Escape") { event.stopPropagation(); close(); button.focus(); }
    if (event.key === "Tab") close();
  });
  return holder;
}
