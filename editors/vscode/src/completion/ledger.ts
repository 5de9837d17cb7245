// Remembers which suggestion stands at the cursor and how much of it was taken. Knows text and positions, no editor.
import { matchedLength } from "./match";

export interface Place {
  line: number;
  character: number;
}

/** A suggestion as it was offered; `item` is what the server is told it was. */
export interface Offer<Item> {
  uri: string;
  /** Where its text begins in the document. */
  anchor: Place;
  text: string;
  /** What tells it from others: the id that the server gave it, or else its place and text. */
  id: string;
  item: Item;
}

/** The document's text from a place to the cursor, or undefined where the cursor does not come after it. */
export type TextFrom = (anchor: Place) => string | undefined;

export interface Taken<Item> {
  item: Item;
  acceptedLength: number;
}

const REMEMBERED_IDS = 200;

export class Ledger<Item> {
  /** The suggestion that the user sees: it stays while it is typed through, though the server sends its rest anew. */
  #standing: Offer<Item> | undefined;
  #newest: Offer<Item> | undefined;
  #shown = new Set<string>();

  /** The offer that stands where the server sends the same again, else the one given: it keeps its id. */
  known(offer: Offer<Item>): Offer<Item> {
    const standing = this.#standing;
    const isSame =
      standing?.uri === offer.uri &&
      standing.text === offer.text &&
      standing.anchor.line === offer.anchor.line &&
      standing.anchor.character === offer.anchor.character;
    return isSame ? standing : offer;
  }

  /** Note an offer that the editor shows now. Returns the item to report as shown; undefined where it was before. */
  offered(offer: Offer<Item>, textFrom: TextFrom): Item | undefined {
    this.#newest = offer;
    const standing = this.#standing;
    if (standing?.uri !== offer.uri || progress(standing, textFrom) === undefined) {
      this.#standing = offer;
    }
    if (this.#shown.has(offer.id) || this.#standing !== offer) {
      return undefined;
    }
    this.#remember(offer.id);
    return offer.item;
  }

  /** Tell what was taken, after the editor put in a part of what it showed; undefined where it was none of ours. */
  taken(uri: string, textFrom: TextFrom): Taken<Item> | undefined {
    for (const offer of [this.#standing, this.#newest]) {
      if (offer?.uri !== uri) {
        continue;
      }
      const length = progress(offer, textFrom);
      if (length !== undefined && length > 0) {
        // All of it: the editor runs the item's command, which says so.
        return length < offer.text.length ? { item: offer.item, acceptedLength: length } : undefined;
      }
    }
    return undefined;
  }

  /** Forget what stands: it was accepted, or its document is gone. */
  clear(): void {
    this.#standing = undefined;
    this.#newest = undefined;
  }

  /** Forget everything: a new server counts its ids from the start. */
  reset(): void {
    this.clear();
    this.#shown.clear();
  }

  #remember(id: string): void {
    this.#shown.add(id);
    if (this.#shown.size > REMEMBERED_IDS) {
      const [oldest] = this.#shown;
      this.#shown.delete(oldest ?? id);
    }
  }
}

function progress(offer: Offer<unknown>, textFrom: TextFrom): number | undefined {
  const typed = textFrom(offer.anchor);
  return typed === undefined ? undefined : matchedLength(offer.text, typed);
}
