// What was said and is not yet written down by the server: kept in this browser, sent in order, under one
// name for ever. The server takes the same name once, so trying again is always safe.

import { Denied } from "./wire.js";

const DATABASE = "minhu";
const LONGEST_PAUSE = 30000;

export function newId() {
  // Not randomUUID: a page on plain HTTP does not have it.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Outbox {
  /** `changed(item)` hears of each new state: waiting, sending, sent, failed; `stuck()` when the page is too old. */
  constructor(chat, wire, { changed, stuck }) {
    Object.assign(this, { chat, wire, changed, stuck, items: [], pause: 0, running: false });
    addEventListener("online", () => this.pump());
  }

  /** What an earlier page left here. */
  async open() {
    this.store = await openStore();
    this.items = (await this.store.all()).filter((item) => item.chat === this.chat);
    this.items.sort((a, b) => a.at - b.at || a.n - b.n);
    for (const item of this.items) {
      // An address of the earlier page's file, and its count of answers, mean nothing to this one.
      delete item.address;
      delete item.answers;
      this.changed(item, item.state);
    }
    this.pump();
  }

  async add(...added) {
    added.forEach((item, n) => Object.assign(item, { chat: this.chat, at: Date.now(), n, state: "waiting" }));
    for (const item of added) {
      item.id ??= newId();
      this.items.push(item);
      this.changed(item, "waiting");
    }
    for (const item of added) await this.store.put(item);
    this.pump();
  }

  async retry(id) {
    const item = this.items.find((each) => each.id === id);
    if (!item) return;
    item.state = "waiting";
    this.changed(item, "waiting");
    await this.store.put(item);
    this.pump();
  }

  /** Written down, or thrown away: nothing more to do for it. */
  async drop(id) {
    this.items = this.items.filter((item) => item.id !== id);
    await this.store.delete(id);
  }

  pump() {
    clearTimeout(this.timer);
    if (this.running) return;
    this.running = true;
    // One tab at a time keeps the order; without locks two tabs may both send, which the server sees once.
    const work = () => this.work().finally(() => (this.running = false));
    if (navigator.locks) navigator.locks.request(`minhu.${this.chat}`, work);
    else work();
  }

  async work() {
    for (;;) {
      const item = this.items.find((each) => each.state === "waiting");
      if (!item) return;
      this.changed(item, "sending");
      try {
        await this.wire.say(item, (event) => this.changed(item, "sending", event.loaded / event.total));
        this.pause = 0;
        this.changed(item, "sent");
        await this.drop(item.id);
      } catch (error) {
        if (!(await this.failed(item, error))) return;
      }
    }
  }

  /** Whether to go on with the next one. */
  async failed(item, error) {
    if (error instanceof Denied && error.lasting) {
      item.state = "failed";
      item.why = error.say;
      this.changed(item, "failed");
      await this.store.put(item);
      return true;
    }
    this.changed(item, "waiting");
    if (error instanceof Denied && error.gone) {
      this.stuck();
      return false;
    }
    this.pause = Math.min(Math.max(this.pause * 2, 1000), LONGEST_PAUSE);
    const wait = Math.max(this.pause, (error.after ?? 0) * 1000);
    this.timer = setTimeout(() => this.pump(), wait);
    return false;
  }
}

/** IndexedDB, or plain memory where the browser gives none (private windows of some). */
async function openStore() {
  try {
    const database = await promised(
      Object.assign(indexedDB.open(DATABASE, 1), {
        onupgradeneeded: (event) => event.target.result.createObjectStore("outbox", { keyPath: "id" }),
      }),
    );
    const store = (mode) => database.transaction("outbox", mode).objectStore("outbox");
    return {
      all: () => promised(store("readonly").getAll()),
      put: (item) => promised(store("readwrite").put(item)),
      delete: (id) => promised(store("readwrite").delete(id)),
    };
  } catch {
    return { all: async () => [], put: async () => {}, delete: async () => {} };
  }
}

function promised(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export async function forgetEverything() {
  await new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(DATABASE);
    request.onsuccess = request.onerror = request.onblocked = resolve;
  });
  localStorage.clear();
}
