// How far a document follows a suggestion's text. Line ends count alike; lengths are UTF-16 code units of the suggestion.

/** How much of `suggestion` the text `typed` has written, or undefined where it has written something else. */
export function matchedLength(suggestion: string, typed: string): number | undefined {
  let at = 0;
  for (let index = 0; index < typed.length; index += 1) {
    if (typed[index] === "\r" && typed[index + 1] === "\n") {
      continue; // the line feed that follows stands for both
    }
    if (suggestion[at] === "\r" && suggestion[at + 1] === "\n") {
      at += 1;
    }
    if (suggestion[at] !== typed[index]) {
      return undefined;
    }
    at += 1;
  }
  return at;
}
