// For eyes and ears: larger letters, and messages read aloud.

import { $ } from "./dom.js";
import { lang } from "./words.js";

export function wireSize() {
  const root = document.documentElement;
  const button = $("size");
  const show = () => button.setAttribute("aria-pressed", String(root.dataset.size === "large"));
  button.addEventListener("click", () => {
    root.dataset.size = root.dataset.size === "large" ? "" : "large";
    keep("minhu.size", root.dataset.size);
    show();
  });
  show();
}

export class Aloud {
  /** Reads a message at a touch, and each new one when `on`. */
  constructor() {
    this.possible = "speechSynthesis" in window;
    this.on = this.possible && kept("minhu.aloud") === "yes";
    const button = $("aloud");
    button.hidden = !this.possible;
    button.setAttribute("aria-pressed", String(this.on));
    button.addEventListener("click", () => {
      this.on = !this.on;
      keep("minhu.aloud", this.on ? "yes" : "");
      button.setAttribute("aria-pressed", String(this.on));
      if (!this.on) speechSynthesis.cancel();
    });
  }

  arrived(line) {
    if (this.on && !line.mine && line.text) this.read(line.text, false);
  }

  read(text, alone = true) {
    if (!this.possible) return;
    if (alone) speechSynthesis.cancel();
    const said = new SpeechSynthesisUtterance(text);
    said.lang = /\p{Script=Han}/u.test(text) ? "zh-CN" : lang;
    said.rate = 0.95;
    speechSynthesis.speak(said);
  }
}

function kept(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Chosen for this page only, then.
  }
}
