// Reads what a task asks for, and puts the answers into the command's argument. Knows no editor.
import type { Question, RunTask } from "../protocol";

export interface Choice {
  label: string;
  detail?: string;
  value: unknown;
}

/** The choices of a question: plain values, or objects with `value` and `title` or `label`. */
export function choicesOf(question: Question): Choice[] {
  const choices = Array.isArray(question.choices) ? (question.choices as unknown[]) : [];
  return choices.map((choice) => {
    if (typeof choice === "object" && choice !== null) {
      const entry = choice as Record<string, unknown>;
      const value = entry.value ?? entry.name;
      const label = text(entry.title) ?? text(entry.label) ?? text(value) ?? "";
      const detail = text(entry.description) ?? text(entry.summary);
      return detail === undefined ? { label, value } : { label, detail, value };
    }
    return { label: text(choice) ?? "", value: choice };
  });
}

export function titleOf(question: Question): string {
  return question.title ?? question.name;
}

export function placeholderOf(question: Question): string | undefined {
  return question.placeholder === "" ? undefined : (question.placeholder ?? undefined);
}

export function defaultText(question: Question): string | undefined {
  return text(question.default);
}

/** The argument to send: answers put in, what only this side needs left out. */
export function answered(argument: RunTask, answers: Record<string, unknown>): RunTask {
  const result = { ...argument, arguments: { ...argument.arguments, ...answers } };
  delete result.ask;
  delete result.title;
  return result;
}

function text(value: unknown): string | undefined {
  return typeof value === "string"
    ? value
    : typeof value === "number" || typeof value === "boolean"
      ? String(value)
      : undefined;
}
