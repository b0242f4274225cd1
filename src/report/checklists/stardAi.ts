import { type Checklist, itemsOf } from "./checklist.ts";

/**
 * STARD's thirty items with what its extension for AI adds, the additions lettered by topic here because their numbers differ
 * between its versions.
 * @source Bossuyt et al., STARD 2015, BMJ 2015;351:h5527; Sounderajah et al., STARD-AI, Nature Medicine 2025
 */
export const stardAi: Checklist = {
  name: "STARD-AI",
  source:
    "Bossuyt et al., BMJ 2015;351:h5527 (numbers), with the additions of Sounderajah et al., Nature Medicine 2025 (letters AI). Topics in our words.",
  items: itemsOf(`
    1 | Title or abstract names a study of diagnostic accuracy and the AI test | method
    2 | Structured abstract |
    3 | Background, intended use and place in care of the test | intendedUse
    4 | Objectives and hypotheses |
    5 | Data collected before or after the test was planned |
    6 | Eligibility of participants | excluded
    7 | How eligible participants were found |
    8 | Where and when they were found |
    9 | Consecutive, random or convenience series |
    AI-a | Source, licence and collection of each data set |
    AI-b | Preprocessing and quality control of the data | preprocessing audit
    AI-c | Partition of the data and its level | splits
    10a | The index test, so that it can be repeated | network studyRule
    AI-d | Development of the test: data, training, settings, selection | training initialisation selection
    AI-e | Version of software and model | software
    10b | The reference standard, so that it can be repeated |
    11 | Why this reference standard |
    12a | Cut-offs of the index test, and on what data they were chosen | studyRule
    12b | Cut-offs of the reference standard |
    13a | Whether the test knew clinical data or the reference |
    13b | Whether assessors of the reference knew the test |
    14 | Methods to estimate and compare accuracy | metrics uncertainty
    15 | Indeterminate results | badInput
    16 | Missing data | excluded
    17 | Analyses of variability | subgroups
    18 | Intended sample size | sampleSize
    AI-f | Bias and fairness: how looked for | subgroups audit
    19 | Flow of participants | flow excluded
    20 | Characteristics of participants | characteristics
    21a | Severity among those with the condition |
    21b | Other diagnoses among those without |
    22 | Time and treatment between test and reference |
    23 | Cross table of test against reference | crossTable
    24 | Accuracy with its precision | performance
    AI-g | Errors: what kinds, looked at | failures
    AI-h | Evaluation on outside data | external
    25 | Adverse events |
    26 | Limitations | limits
    27 | What it means for practice |
    28 | Registration |
    29 | Protocol | reproduction
    30 | Funding |
    AI-i | Availability of data, code and model | software reproduction
    AI-j | Ethics, and interests of those who made the test |
  `),
};
