// How long to wait before a server that ended by itself is started again. Knows no clock: the caller tells it the time.

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
const HEALTHY_MS = 60_000;

export class Backoff {
  #failures = 0;
  #startedAt: number | undefined;

  /** The failures in a row so far. */
  get failures(): number {
    return this.#failures;
  }

  /** Note that the server runs since `now` (milliseconds). */
  started(now: number): void {
    this.#startedAt = now;
  }

  /** Note that it ended by itself at `now`. Returns the milliseconds to wait: 1, 2, 4 … 30 seconds. */
  failed(now: number): number {
    if (this.#startedAt !== undefined && now - this.#startedAt >= HEALTHY_MS) {
      this.#failures = 0;
    }
    this.#startedAt = undefined;
    const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    return wait;
  }

  /** Begin anew, as when the user restarts the server. */
  reset(): void {
    this.#failures = 0;
    this.#startedAt = undefined;
  }
}
