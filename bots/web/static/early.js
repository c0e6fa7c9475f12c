// Before the first paint: the text size that this person chose.
try {
  if (localStorage.getItem("minhu.size") === "large") document.documentElement.dataset.size = "large";
} catch {
  // Storage is forbidden: the usual size.
}
