"""`aigc-lsp evaluate`: how good suggestions are, over a data set or a repository, with one or two sets of settings."""

from pathlib import Path
from typing import Annotated

import typer

from aigc_lsp.cli.options import Model, Runtime


def evaluate(
    source: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE…",
            exists=True,
            help="A folder, whose code is masked and asked for; or data-set files in HumanEval infilling's form "
            "(.jsonl, .jsonl.gz).",
        ),
    ],
    spans: Annotated[
        list[str] | None,
        typer.Option(
            help="What is masked in a folder: `line`, `call`, `block`, `expression` or `cross-file` (a call of a "
            "function that another file defines); may be repeated. Default: line, call and block."
        ),
    ] = None,
    cases: Annotated[int, typer.Option(min=0, help="At most this many cases, spread evenly; 0 is all.")] = 200,
    seed: Annotated[int, typer.Option(help="Decides which spans are chosen, and all sampling.")] = 1,
    language: Annotated[
        list[str] | None,
        typer.Option(help="LSP language id: only files in it; the language of a data set. May be repeated."),
    ] = None,
    files: Annotated[
        Path | None,
        typer.Option(
            metavar="LIST",
            exists=True,
            dir_okay=False,
            help="Mask only the files listed here, one path a line (or a run's `corpus/eval.jsonl`), and report beside "
            "what copying from the other files achieves.",
        ),
    ] = None,
    model: Model = None,
    runtime: Runtime = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=JSON", help="A setting for this run: `completion.max_tokens=32`."),
    ] = None,
    versus: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=JSON",
            help="Compare: run every case also with this setting changed, as variant B: `context.enabled=false`, "
            "`engine.model=other`. May be repeated.",
        ),
    ] = None,
    no_context: Annotated[
        bool, typer.Option("--no-context", help="No code of other files in prompts: `--set context.enabled=false`.")
    ] = False,
    samples: Annotated[int, typer.Option(min=1, max=1000, help="Answers to each case, for pass@k and exact@k.")] = 1,
    temperature: Annotated[
        float | None, typer.Option(min=0, max=2, help="Of several samples; 0.8 where it is not given.")
    ] = None,
    k: Annotated[str, typer.Option("--k", help="The k of pass@k and exact@k, comma-separated.")] = "1",
    automatic: Annotated[
        bool, typer.Option("--automatic", help="Ask as typing does, not as a key for suggestions does.")
    ] = False,
    run_tests: Annotated[
        bool,
        typer.Option("--run-tests", help="Run the data set's tests for pass@k. This EXECUTES code that a model wrote."),
    ] = False,
    bootstrap: Annotated[int, typer.Option(min=0, max=1_000_000, help="Resamples for the 95 % intervals.")] = 10_000,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for one suggestion; twice that to load.")] = 60.0,
    json: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="Write the figures as JSON; - prints.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a report with plots (needs `[report]`).")] = None,
    details: Annotated[
        Path | None, typer.Option("--details", help="Write each case and suggestion as a JSON line.")
    ] = None,
) -> None:
    """Measure suggestions: exact match, edit similarity, prefix match, perplexity, pass@k, with 95 % intervals."""
    from aigc_lsp.cli import evaluating
    from aigc_lsp.evaluate.runner import Options
    from aigc_lsp.evaluate.session import Plan

    if temperature is None and samples > 1:
        temperature = 0.8
    pairs = [*(setting or []), *(["context.enabled=false"] if no_context else [])]
    own, variants = evaluating.variants_of(model, runtime, temperature, pairs, versus or [])
    plan = Plan(
        sources=tuple(source),
        kinds=evaluating.kinds_of(spans or []),
        count=cases,
        languages=tuple(language or ()),
        ks=evaluating.ks_of(k, samples),
        resamples=bootstrap,
        options=Options(samples, seed, "automatic" if automatic else "invoked", run_tests, timeout),
        files=evaluating.held_out(files, source),
    )
    status = evaluating.run(plan, variants, own, evaluating.Files(json, html, details))
    if status:
        raise typer.Exit(status)
