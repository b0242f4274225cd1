import { type Checklist, itemsOf } from "./checklist.ts";

/** @source Collins et al., TRIPOD+AI statement, BMJ 2024;385:e078378 */
export const tripodAi: Checklist = {
  name: "TRIPOD+AI",
  source: "Collins et al., BMJ 2024;385:e078378. Topics in our words; the items are the guideline's.",
  items: itemsOf(`
    1 | Title: development or evaluation of a model, target population, outcome | method
    2 | Abstract by TRIPOD+AI for abstracts |
    3a | Medical background and why the model is needed |
    3b | Target population, purpose, users | intendedUse
    3c | Known inequalities between groups |
    4 | Objectives: development, validation or both |
    5a | Sources of data and why they were chosen |
    5b | Dates of collection |
    6a | Setting: number and place of centres |
    6b | Eligibility | excluded
    6c | Treatments received |
    7 | Preparation and quality control of the data | preprocessing audit
    8a | Outcome and its time |
    8b | Who assessed the outcome |
    8c | Blinding of the assessment |
    9a | Choice of predictors | sliceSelection
    9b | Definition and measurement of predictors | acquisition preprocessing
    9c | Assessors of predictors, where they are read by people |
    10 | Sample size | sampleSize flow
    11 | Missing data | excluded
    12a | Which data served for development and for evaluation | splits
    12b | How predictors were handled | preprocessing
    12c | Kind of model, building, tuning, internal validation | network training selection
    12d | Differences between clusters, such as centres | subgroups
    12e | Measures of performance and why | metrics uncertainty
    12f | Updating of the model, such as recalibration | calibration
    12g | How predictions were computed for evaluation | studyRule
    13 | Class imbalance | imbalance
    14 | Fairness | subgroups
    15 | Output of the model, classes and thresholds | studyRule
    16 | Differences between development and evaluation data | splits external
    17 | Ethical approval |
    18a | Funding |
    18b | Conflicts of interest |
    18c | Protocol |
    18d | Registration |
    18e | Availability of the data |
    18f | Availability of the code | software reproduction
    19 | Involvement of patients and the public |
    20a | Flow of participants | flow excluded
    20b | Characteristics of participants | characteristics
    20c | Comparison of development and evaluation data | characteristics
    21 | Participants and outcome events in each analysis | flow
    22 | The full model, so that others can use it | reproduction
    23a | Performance with intervals, also in key subgroups | performance subgroups
    23b | Differences in performance between clusters | subgroups
    24 | Results of updating | calibration
    25 | Interpretation |
    26 | Limitations | limits
    27a | What happens with poor or missing input | badInput
    27b | Whether users interact with the model, and their expertise | intendedUse
    27c | Next steps |
  `),
};
