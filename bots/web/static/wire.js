// The server: posting what was said, reading what was said, and the live line.

export class Denied extends Error {
  /** The server's answer: `say` is for the person, `lasting` means that another try would end the same. */
  constructor(status, answer, after) {
    super(answer.error);
    this.status = status;
    this.say = answer.say ?? "";
    this.after = after;
    this.gone = status === 401 || answer.error === "reload";
    this.lasting = status >= 400 && status < 500 && status !== 429 && status !== 408 && !this.gone;
  }
}

export class Wire {
  constructor(base, key) {
    this.base = `${base}/chat`;
    this.key = key;
  }

  async history(query = "") {
    const response = await fetch(`${this.base}/history${query}`);
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Denied(response.status, answer, 0);
    return answer;
  }

  post(path, body, type, onprogress) {
    // XMLHttpRequest because fetch does not tell how much of an upload has left.
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", `${this.base}/${path}`);
      request.setRequestHeader("X-Minhu-Key", this.key);
      if (type) request.setRequestHeader("Content-Type", type);
      if (onprogress) request.upload.addEventListener("progress", onprogress);
      request.timeout = 180000;
      request.addEventListener("load", () => {
        if (request.status === 200) return resolve();
        const after = Number(request.getResponseHeader("Retry-After")) || 0;
        return reject(new Denied(request.status, parsed(request.responseText), after));
      });
      for (const failure of ["error", "timeout", "abort"]) {
        request.addEventListener(failure, () => reject(new TypeError(failure)));
      }
      request.send(body);
    });
  }

  /** One thing said. Resolves when it is written down. */
  say(item, onprogress) {
    const { id: client_id, text, press, point, start, reply_to } = item;
    if (!item.file) {
      return this.post("message", JSON.stringify({ client_id, text, press, point, start, reply_to }), "application/json");
    }
    const form = new FormData();
    const fields = { client_id, kind: item.kind, text, reply_to, group: item.group, seconds: item.seconds };
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined && value !== null) form.append(name, value);
    }
    form.append("file", item.file, item.name);
    return this.post("file", form, null, onprogress);
  }

  leave() {
    return this.post("leave", "");
  }

  media(digest, variant) {
    return `${this.base}/media/${digest}/${variant}`;
  }
}

function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** The live line, mended whenever it breaks. `last()` is the newest event that the page has. */
export class Live {
  constructor(base, { last, online, offline, gone }) {
    Object.assign(this, { url: `${base}/chat/events`, last, online, offline, gone, pause: 1000 });
    addEventListener("online", () => this.again());
    addEventListener("pageshow", (event) => event.persisted && this.again());
    // A phone that slept may hold a connection that is dead and does not know it.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && Date.now() - this.since > 60000) this.again();
    });
  }

  listen(heard) {
    this.heard = heard;
    this.again();
  }

  again() {
    clearTimeout(this.timer);
    this.source?.close();
    this.since = Date.now();
    const source = new EventSource(`${this.url}?after=${this.last()}`);
    this.source = source;
    source.addEventListener("open", () => {
      this.pause = 1000;
      this.online();
    });
    source.addEventListener("line", (event) => this.heard(JSON.parse(event.data)));
    source.addEventListener("bye", () => this.broken(source));
    // Even where the browser would come back by itself: it stops at an error answer, we do not.
    source.addEventListener("error", () => this.broken(source));
  }

  broken(source) {
    if (source !== this.source) return;
    source.close();
    this.offline();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.gone().then((gone) => gone || this.again()), this.pause);
    this.pause = Math.min(this.pause * 1.7, 15000);
  }
}
