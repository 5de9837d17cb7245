// Stands for another language server: completion items in files called menu.py, so that other tests do not meet them.
const vscode = require("vscode");

const WORDS = ["quick_sort", "quick_select", "quicken"];

exports.activate = (context) => {
  const provider = {
    provideCompletionItems() {
      return WORDS.map((word) => new vscode.CompletionItem(word, vscode.CompletionItemKind.Function));
    },
  };
  const selector = { language: "python", pattern: "**/menu.py" };
  context.subscriptions.push(vscode.languages.registerCompletionItemProvider(selector, provider));
};
