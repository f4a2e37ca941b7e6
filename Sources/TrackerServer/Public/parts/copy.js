// Copying what is shown.

// Copies the text of `element`; where the browser lets no page do that, it is marked for the hand. Resolves to what to say.
export async function copy(element, text = element.textContent) {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied.";
  } catch {
    // Without TLS there is no clipboard, or it is refused.
    getSelection().selectAllChildren(element);
    return document.execCommand("copy") ? "Copied." : "Marked: copy it with Ctrl+C.";
  }
}
