// Asks the user what a task wants to know.
import * as vscode from "vscode";
import type { Question } from "../protocol";
import { type Choice, choicesOf, defaultText, placeholderOf, titleOf } from "./answers";

/** Ask each question in turn. Undefined: the user stopped. */
export async function askAll(
  title: string,
  questions: readonly Question[],
): Promise<Record<string, unknown> | undefined> {
  const answers: Record<string, unknown> = {};
  for (const [index, question] of questions.entries()) {
    const heading = questions.length > 1 ? `${title} (${index + 1}/${questions.length})` : title;
    const choices = choicesOf(question);
    const answer = choices.length > 0 ? await choose(heading, question, choices) : await enter(heading, question);
    if (answer === undefined) {
      return undefined;
    }
    answers[question.name] = answer;
  }
  return answers;
}

async function choose(title: string, question: Question, choices: readonly Choice[]): Promise<unknown> {
  const items = choices.map((choice) => ({
    ...choice,
    description: choice.value === question.default ? "default" : "",
  }));
  // The default comes first: Enter takes it.
  items.sort((a, b) => Number(b.value === question.default) - Number(a.value === question.default));
  const placeHolder = placeholderOf(question) ?? titleOf(question);
  return (await vscode.window.showQuickPick(items, { title, placeHolder, ignoreFocusOut: true, matchOnDetail: true }))
    ?.value;
}

async function enter(title: string, question: Question): Promise<string | undefined> {
  const value = defaultText(question);
  const placeHolder = placeholderOf(question);
  return await vscode.window.showInputBox({
    title,
    prompt: titleOf(question),
    ignoreFocusOut: true,
    ...(value === undefined ? {} : { value }),
    ...(placeHolder === undefined ? {} : { placeHolder }),
    validateInput: (entered) =>
      entered.trim() === "" && question.default === undefined ? "Enter something, or press Escape to stop." : undefined,
  });
}
