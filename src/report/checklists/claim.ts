import { type Checklist, itemsOf } from "./checklist.ts";

/** @source Tejani et al., Checklist for Artificial Intelligence in Medical Imaging (CLAIM): 2024 update, Radiology: AI 2024 */
export const claim: Checklist = {
  name: "CLAIM 2024",
  source: "Tejani et al., Radiology: Artificial Intelligence 2024. Topics in our words; the items are the guideline's.",
  items: itemsOf(`
    1 | Title or abstract names the kind of AI method | method
    2 | Structured abstract |
    3 | Background, and the intended use of the method | intendedUse
    4 | Aims and hypotheses |
    5 | Prospective or retrospective |
    6 | Goal of the study |
    7 | Sources of the data |
    8 | Criteria for inclusion and exclusion | excluded
    9 | Preprocessing | preprocessing
    10 | Selection of parts of the data, such as slices | sliceSelection
    11 | De-identification | deidentification
    12 | Missing data | excluded
    13 | How the images were acquired | acquisition
    14 | Definition of the reference standard |
    15 | Why this reference standard |
    16 | Who annotated, and with what training |
    17 | Annotation of the test set |
    18 | Agreement between and within annotators | readers
    19 | How data were assigned to sets | splits
    20 | The level at which sets are disjoint | splits
    21 | Intended sample size | sampleSize
    22 | The model in detail: inputs, outputs, layers | network
    23 | Software and libraries with versions | software
    24 | First values of the parameters | initialisation
    25 | Training: augmentation, settings, number of models | training
    26 | How the final model was selected | selection
    27 | Ensembles | ensemble
    28 | Metrics | metrics
    29 | Statistical measures of significance and uncertainty | uncertainty
    30 | Robustness or sensitivity analysis | subgroups audit
    31 | Explainability | explanation
    32 | Evaluation on internal data | performance
    33 | Testing on external data | external
    34 | Registration of a trial |
    35 | Flow: numbers included and excluded | flow excluded
    36 | Characteristics of subjects in each set | characteristics
    37 | Performance with its uncertainty | performance
    38 | Diagnostic performance and its precision | performance
    39 | Failures | failures
    40 | Limitations | limits
    41 | What it means for practice |
    42 | Where the whole protocol is | reproduction
    43 | Whether software, model and data can be had | software reproduction
    44 | Funding and other support |
  `),
};
