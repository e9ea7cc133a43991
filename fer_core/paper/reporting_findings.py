"""What the article leaves out, where it contradicts itself, and the abstract on the journal's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fer_core.base.emotions import CKPLUS_PUBLISHED_COUNTS, SIX
from fer_core.paper.finding import Finding
from fer_core.paper.published import ORDERS, PAPER_RATIOS, said, table
from fer_core.paper.recompute import Recomputed
from fer_core.paper.rows import one

if TYPE_CHECKING:
    from fer_core.stats.table import Evaluations


def protocol(found: Recomputed, evaluations: Evaluations) -> Finding:
    """What was kept apart, and from what, is not described."""
    frame = evaluations.frame
    conditions = len(frame) // len(SIX)
    searched = int((frame["tuning"] == ORDERS["tuning"][0]).sum())
    evaluated = searched * int(said("search_evaluations"))
    tested = int(frame[["tp", "fp", "fn", "tn"]].iloc[0].sum())
    return Finding(
        "protocol",
        "How people, seeds and validation data were handled is not described",
        "cannot be checked",
        "No split by person, no seed and no validation data are described; each network was trained once.",
        f"The Bayesian search makes {said('search_evaluations'):.0f} evaluations per emotion, training stops "
        f"after {said('early_stopping_patience'):.0f} epochs without improvement, thresholds were found by "
        "trials on training data. Section 3.5.3 leaves validation sets to future work.",
        f"The {searched} searched networks take {evaluated:,} evaluations. On which data those, and the "
        f"early stopping, were scored is open; if it was the {tested} test clips, the results were chosen on "
        f"them. CK+ has {said('corpus_sequences'):.0f} sequences of {said('corpus_subjects'):.0f} people; if "
        "those of one person were not kept together, test faces were in training. With one training for each "
        f"of {conditions} conditions and {len(SIX)} emotions the spread from run to run is unknown, and what "
        "stands for replicates are emotions. Nothing shows that it was done wrongly; nothing rules it out.",
        "3.2, 3.5.3 and 3.6",
        None,
        {"searched": searched, "evaluated": evaluated, "tested": tested},
    )


def two_abstracts(found: Recomputed, evaluations: Evaluations) -> Finding:
    """The abstract on the journal's page is another one than the article's."""
    import pandas as pd

    fifth = table("winarno", 5)
    yes = fifth[fifth["practically_equivalent"] == "yes"]
    architecture = fifth[fifth["comparison"] == "architecture"]
    refused = int((architecture["practically_equivalent"] == "no").sum())
    tuned = int((yes["comparison"] == "optimization").sum())
    f1 = evaluations.frame.set_index(["emotion", "architecture"])["f1"].sort_index()
    fear, surprise = float(f1["fear", "gru"].mean()), float(f1["surprise"].mean())
    page = (said("abstract_page_f1_fear"), said("abstract_page_f1_surprise"))
    rows = [
        ("GRU and LSTM", "no significant difference", "equivalent; also: non-equivalence"),
        ("recall by loss", "significant", "not mentioned"),
        ("F1 from, to", f"{said('f1_lowest')}, {said('f1_highest')}", f"{page[0]}, {page[1]}"),
        ("loss selection", "needs calibration by emotion", "a significant contribution"),
        ("the study", "preliminary", "rigorous, evidence-based guidelines"),
    ]
    return Finding(
        "two-abstracts",
        "The abstract on the journal's page says otherwise than the article",
        "wrong",
        f"It claims that GRU and LSTM are equivalent, which Table 5 denies in {refused} of "
        f"{len(architecture)} metrics.",
        "On the journal's page GRU achieves equivalence with LSTM and, in the same abstract, comparisons "
        "show non-equivalence; the tuning is equivalent across "
        f"{said('abstract_page_equivalent_percent'):.0f}% of the metrics; F1 runs from {page[0]} (fear) to "
        f"{page[1]} (surprise).",
        f"{said('abstract_page_equivalent_percent'):.0f}% is {tuned} of {len(architecture)} metrics; of all "
        f"{len(fifth)} comparisons Table 5 finds {len(yes)} equivalent. F1 of fear is {fear:.3f} as the mean "
        f"of the GRU conditions, F1 of surprise {surprise:.3f} in every condition. The only significant "
        "result, recall, is left out, and so is the word preliminary, which the article's abstract has.",
        "both abstracts",
        pd.DataFrame(rows, columns=["about", "article's abstract", "journal's page"]),
        {"refused": refused, "tuned": tuned, "equivalent": len(yes), "fear": fear, "surprise": surprise},
        inference=True,
    )


def contradictions(found: Recomputed, evaluations: Evaluations) -> Finding:
    """Sizes and words that differ between sections."""
    import pandas as pd

    fear = one(found.table4, emotion="fear")
    fear_test = int(fear["tp"] + fear["fn"])
    n, emotions = len(evaluations.frame), len(SIX)
    tested = int(found.table4[["tp", "fp", "fn", "tn"]].iloc[0].sum())
    labelled = sum(CKPLUS_PUBLISHED_COUNTS.values())
    sadness, disgust, balanced = PAPER_RATIOS["sadness"], PAPER_RATIOS["disgust"], said("threshold_moderate")
    rows = [
        ("evaluations", n, said("evaluations"), "6.1 and 3.3.3"),
        ("sequences of CK+", said("corpus_sequences"), said("limits_sequences"), "3.2.1 and 6.2"),
        ("subjects of CK+", said("corpus_subjects"), said("limits_subjects"), "3.2.1 and 6.2"),
        ("fear clips in the test set", fear_test, said("fear_clips_per_split"), "Table 4 and 5.3"),
        ("sadness", "severely under-represented", f"ratio {sadness:g}, disgust {disgust:g}", "1, 2.2 and Table 4"),
        ("disgust is recognised", "very well", "moderately", "4.4 and 4.4"),
        (f"a ratio of {disgust:g}", "moderate imbalance", f"balanced, up to {balanced:g}", "4.4 and 3.5.2"),
        ("expressions", "naturalistic", "posed, exaggerated", "3.2.1 and 6.2"),
        ("the efficiency stands in section", said("efficiency_section_named"), f"1 to {said('sections'):.0f}", "5.2"),
        ("the overhead stands in section", said("overhead_section_named"), said("overhead_section"), "6.5"),
    ]
    shown = [tuple(f"{v:g}" if isinstance(v, float | int) else v for v in row) for row in rows]
    return Finding(
        "contradictions",
        f"Sections contradict each other in {len(rows)} places",
        "wrong",
        f"{said('evaluations'):.0f} evaluations are {n}: {n // emotions} conditions times {emotions} "
        f"emotions, not times {emotions} again.",
        f"The design is said to expand to {said('evaluations'):.0f} evaluations, where section 6.1 has "
        f"{said('observations'):.0f}. Section 6.2 speaks of {said('limits_sequences'):.0f} sequences from "
        f"{said('limits_subjects'):.0f} subjects, section 3.2.1 of {said('corpus_sequences'):.0f} of "
        f"{said('corpus_subjects'):.0f}.",
        f"Every table rests on {n} evaluations. {said('limits_sequences'):.0f} is the number of subjects and "
        f"{tested} the number of test clips. {labelled} of CK+'s sequences carry an emotion label, "
        f"{labelled - CKPLUS_PUBLISHED_COUNTS['contempt']} of them one of the six. Sadness, called severely "
        f"under-represented beside fear, has a printed ratio of {sadness:g}, less than disgust's "
        f"{disgust:g}.",
        "3.2.1, 3.3.3, 4.4, 5.2, 5.3, 6.2 and 6.5",
        pd.DataFrame(shown, columns=["what", "first", "second", "section"]),
        {
            "evaluations": n,
            "printed_over_real": said("evaluations") / n,
            "test": tested,
            "fear_test": fear_test,
            "labelled": labelled,
        },
    )
