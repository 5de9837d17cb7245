import assert from "node:assert/strict";
import test from "node:test";
import { Ledger, type Offer, type Place } from "../src/completion/ledger";

interface Item {
  insertText: string;
  id: string;
}

const URI = "file:///a.py";

/** A one-line document; the cursor is at its end. */
function after(text: string) {
  return (anchor: Place) => (anchor.character > text.length ? undefined : text.slice(anchor.character));
}

function offer(id: string, character: number, text: string, uri = URI): Offer<Item> {
  return { uri, anchor: { line: 0, character }, text, id, item: { insertText: text, id } };
}

test("a suggestion is shown once, however often the server sends it", () => {
  const ledger = new Ledger<Item>();
  assert.deepEqual(ledger.offered(offer("1", 0, "return x"), after("")), { insertText: "return x", id: "1" });
  assert.equal(ledger.offered(offer("1", 0, "return x"), after("")), undefined);
});

test("the rest of a suggestion that is typed through is no new suggestion", () => {
  const ledger = new Ledger<Item>();
  ledger.offered(offer("1", 0, "return x"), after(""));
  assert.equal(ledger.offered(offer("2", 3, "urn x"), after("ret")), undefined);
});

test("after typing something else, the next suggestion is a new one", () => {
  const ledger = new Ledger<Item>();
  ledger.offered(offer("1", 0, "return x"), after(""));
  assert.notEqual(ledger.offered(offer("2", 3, "lly"), after("rea")), undefined);
});

test("a suggestion in another document is a new one", () => {
  const ledger = new Ledger<Item>();
  ledger.offered(offer("1", 0, "return x"), after(""));
  assert.notEqual(ledger.offered(offer("2", 0, "return x", "file:///b.py"), after("")), undefined);
});

test("accepted lengths are cumulative, from the start of the text, typed characters included", () => {
  const ledger = new Ledger<Item>();
  ledger.offered(offer("1", 0, "return a + b"), after(""));
  assert.deepEqual(ledger.taken(URI, after("return")), {
    item: { insertText: "return a + b", id: "1" },
    acceptedLength: 6,
  });
  ledger.offered(offer("2", 6, " a + b"), after("return"));
  assert.equal(ledger.taken(URI, after("return a"))?.acceptedLength, 8);
});

test("accepted lengths are UTF-16 code units", () => {
  const ledger = new Ledger<Item>();
  ledger.offered(offer("1", 0, '"🙂é" + x'), after(""));
  assert.equal(ledger.taken(URI, after('"🙂é"'))?.acceptedLength, 5);
});

test("all of it is no part of it: the item's command tells", () => {
  const ledger = new Ledger<Item>();
  ledger.offered(offer("1", 0, "pass"), after(""));
  assert.equal(ledger.taken(URI, after("pass")), undefined);
});

test("what another extension suggested is not reported", () => {
  const ledger = new Ledger<Item>();
  ledger.offered(offer("1", 0, "return x"), after(""));
  assert.equal(ledger.taken(URI, after("raise")), undefined);
  assert.equal(ledger.taken("file:///b.py", after("return")), undefined);
});

test("where the older suggestion no longer fits what was inserted, the newest one is the one", () => {
  const ledger = new Ledger<Item>();
  ledger.offered(offer("1", 0, "return x"), after(""));
  ledger.offered(offer("2", 3, "urn y"), after("ret"));
  assert.deepEqual(ledger.taken(URI, after("return y")), undefined);
  assert.equal(ledger.taken(URI, after("return"))?.item.id, "1");
  ledger.offered(offer("3", 3, "urn yes"), after("ret"));
  assert.equal(ledger.taken(URI, after("return y"))?.item.id, "3");
});

test("the same suggestion, asked for again, keeps its id, so that what is accepted was shown", () => {
  const ledger = new Ledger<Item>();
  ledger.offered(offer("1", 3, "urn x"), after("ret"));
  assert.equal(ledger.known(offer("2", 3, "urn x")).id, "1");
  assert.equal(ledger.known(offer("2", 3, "urn y")).id, "2");
  assert.equal(ledger.known(offer("2", 2, "urn x")).id, "2");
  assert.equal(ledger.known(offer("2", 3, "urn x", "file:///b.py")).id, "2");
  ledger.clear();
  assert.equal(ledger.known(offer("2", 3, "urn x")).id, "2");
});

test("an accepted suggestion is forgotten", () => {
  const ledger = new Ledger<Item>();
  ledger.offered(offer("1", 0, "return x"), after(""));
  ledger.clear();
  assert.equal(ledger.taken(URI, after("return")), undefined);
});

test("a new server's ids are not those of the old one", () => {
  const ledger = new Ledger<Item>();
  ledger.offered(offer("1", 0, "return x"), after(""));
  ledger.reset();
  assert.notEqual(ledger.offered(offer("1", 0, "pass"), after("")), undefined);
});
