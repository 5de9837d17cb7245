// Turns percentages, as LSP has them, into the steps that the editor wants. Knows no editor.

export interface Step {
  message?: string;
  increment?: number;
}

export class Steps {
  #reported = 0;

  next(told: { message?: string | null; percentage?: number | null }): Step {
    const step: Step = {};
    if (told.message != null) {
      step.message = told.message;
    }
    if (told.percentage != null) {
      const percentage = Math.min(told.percentage, 100);
      if (percentage > this.#reported) {
        step.increment = percentage - this.#reported;
        this.#reported = percentage;
      }
    }
    return step;
  }
}
