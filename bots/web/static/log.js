// The list of what was said: in the record's order, each line once, days between them, the newest in sight.

import { dayKey, dayOf, timeOf } from "./clock.js";
import { $, el, tell } from "./dom.js";
import { say } from "./words.js";

const NEAR = 120; // pixels from the end that still count as reading the newest

export class Log {
  constructor() {
    this.lines = new Map();
    this.first = Infinity;
    this.last = 0;
    this.pending = new Map();
    this.unread = 0;
    this.title = document.title;
    $("newest").addEventListener("click", () => this.toEnd());
    $("scroll").addEventListener("scroll", () => this.atEnd() && ($("newest").hidden = true), { passive: true });
    document.addEventListener("visibilitychange", () => this.count(0));
    setInterval(() => this.refreshDue(), 30000);
  }

  use(bubbles) {
    this.bubbles = bubbles;
  }

  text(ref) {
    const line = [...this.lines.values()].find((each) => each.ref === ref);
    return line ? line.text.split("\n")[0].slice(0, 80) : "";
  }

  goTo(ref) {
    const found = [...$("lines").children].find((each) => each.dataset.ref === ref);
    found?.scrollIntoView({ block: "center" });
  }

  /** A newer line. False when it was here already. */
  add(line) {
    if (this.lines.has(line.seq)) return false;
    const follow = this.atEnd() || line.mine;
    this.keep(line);
    this.day($("lines").lastElementChild, line, (each) => $("lines").append(each));
    $("lines").append(this.made(line));
    this.settle(line.client_id);
    if (follow) this.toEnd();
    else $("newest").hidden = false;
    if (!line.mine && document.hidden) this.count(this.unread + 1);
    return true;
  }

  /** Older lines, in front of what is shown; what is being read stays where it is. */
  prepend(lines) {
    const box = $("scroll");
    const below = box.scrollHeight - box.scrollTop;
    const made = document.createDocumentFragment();
    let previous = null;
    for (const line of lines.filter((each) => !this.lines.has(each.seq))) {
      this.keep(line);
      this.day(previous, line, (each) => made.append(each));
      previous = this.made(line);
      made.append(previous);
    }
    const first = $("lines").firstElementChild;
    if (first?.classList.contains("day") && previous?.day === first.day) first.remove();
    $("lines").prepend(made);
    box.scrollTop = box.scrollHeight - below;
  }

  keep(line) {
    this.lines.set(line.seq, line);
    this.first = Math.min(this.first, line.seq);
    this.last = Math.max(this.last, line.seq);
    $("welcome").hidden = true;
  }

  made(line) {
    const element = this.bubbles.line(line);
    element.day = dayKey(new Date(line.at));
    return element;
  }

  day(previous, line, put) {
    const at = new Date(line.at);
    if (previous?.day === dayKey(at)) return;
    const separator = el("li", { class: "day" }, el("span", { text: dayOf(at) }));
    separator.day = dayKey(at);
    put(separator);
  }

  /** Something on its way out. `state`: waiting, sending, sent, failed; `part` of it has left. */
  show(item, state, part, { retry, drop }) {
    let element = this.pending.get(item.id);
    if (!element) {
      if ([...this.lines.values()].some((line) => line.client_id === item.id)) return;
      $("welcome").hidden = true;
      element = this.bubbles.waiting(item);
      this.pending.set(item.id, element);
      element.address = item.address;
      $("waiting").append(element);
      this.toEnd();
    }
    element.classList.toggle("sending", state === "sending" || state === "waiting");
    element.classList.toggle("failed", state === "failed");
    progress(element, state === "sending" && item.file && part < 1 ? part : undefined);
    const foot = element.querySelector(".when");
    foot.replaceChildren(...stateWords(item, state, retry, drop));
  }

  settle(id) {
    const element = id && this.pending.get(id);
    if (!element) return;
    element.remove();
    this.pending.delete(id);
    if (element.address) setTimeout(() => URL.revokeObjectURL(element.address), 1000);
  }

  thinking(on) {
    if ($("thinking").hidden !== on) return;
    const follow = this.atEnd();
    $("thinking").hidden = !on;
    if (on && follow) this.toEnd();
  }

  atEnd() {
    const box = $("scroll");
    return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  }

  toEnd() {
    $("newest").hidden = true;
    const box = $("scroll");
    requestAnimationFrame(() => (box.scrollTop = box.scrollHeight));
  }

  count(unread) {
    this.unread = document.hidden ? unread : 0;
    document.title = this.unread ? `(${this.unread}) ${this.title}` : this.title;
  }

  refreshDue() {
    for (const chip of $("lines").querySelectorAll(".due")) chip.refresh();
  }
}

function stateWords(item, state, retry, drop) {
  if (state === "sent") return [el("time", { text: timeOf(new Date(item.at)) })];
  if (state !== "failed") return [el("span", { text: say(state === "sending" ? "state.sending" : "state.waiting") })];
  return [
    el("span", { text: item.why || say("state.failed") }),
    el("button", { type: "button", text: say("state.retry"), onclick: () => retry(item.id) }),
    el("button", { type: "button", text: say("state.drop"), onclick: () => drop(item.id) }),
  ];
}

function progress(element, part) {
  const bubble = element.querySelector(".bubble");
  let bar = bubble.querySelector("progress");
  if (part === undefined) return bar?.remove();
  if (!bar) {
    bar = el("progress", { max: 1, "aria-label": say("state.progress") });
    bubble.append(bar);
  }
  bar.value = part;
  return undefined;
}

/** The one line above the chat about the connection; words and perhaps one thing to do. */
export function banner(words, button, act) {
  const line = $("net");
  if (line.dataset.words === words && !line.hidden === Boolean(words)) return;
  line.dataset.words = words;
  tell(line, words);
  if (button) line.append(el("button", { type: "button", text: button, onclick: act }));
}
