// The page's sentences, in its language; every word a person reads comes from here or from the server.

let table = {};
export let lang = document.documentElement.lang;

export async function loadWords(base) {
  const response = await fetch(`${base}/chat/words.json?lang=${encodeURIComponent(lang)}`);
  if (!response.ok) throw new Error(`words: ${response.status}`);
  const got = await response.json();
  table = got.words;
  lang = got.lang;
}

export function say(key, facts = {}) {
  return fill(table[`web.${key}`] ?? "", facts);
}

/** What a button of this token is called, or "" when its label needs facts that only its own card knows. */
export function labelOf(token) {
  const [act] = token.split(":");
  const label = table[`web.menu.${act}`] ?? table[`button.${act}`] ?? "";
  return label.includes("{") ? "" : label;
}

function fill(template, facts) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in facts ? String(facts[name]) : whole));
}
