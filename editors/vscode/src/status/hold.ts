// Keeps a failure on the screen long enough to be seen, though the engine may be started again in a moment.
import type { Status } from "../protocol";

const SEEN_MS = 3_000;

export class FailureHold {
  #failure: Status | undefined;
  #until = 0;

  /** Take a new status at `now` (milliseconds). */
  take(status: Status | undefined, now: number): void {
    if (status === undefined) {
      this.#failure = undefined;
    } else if (status.state === "failed" && status.missingModel == null) {
      this.#failure = status;
      this.#until = now + SEEN_MS;
    }
  }

  /** What to show at `now` where the present status is `status`. */
  shown(status: Status | undefined, now: number): Status | undefined {
    return this.remaining(now) > 0 ? this.#failure : status;
  }

  /** The milliseconds until the present status is shown again. */
  remaining(now: number): number {
    return this.#failure === undefined ? 0 : Math.max(0, this.#until - now);
  }
}
