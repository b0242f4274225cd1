import type { CsvTable } from "./csvTable.ts";

/** The values of a study's other columns: what a data set may keep of a label file. */
export type Columns = Readonly<Record<string, string | number>>;

/** A column that is not kept, and why, in words. */
export interface ColumnLeftOut {
  readonly column: string;
  readonly why: string;
}

/** Words of a header that announce who somebody is. "site" and "scanner" are none of them. */
const namingWords = new Set(
  (
    "name names surname forename firstname lastname fullname patient patients subject person participant initials " +
    "id ids identifier pid sid uid uids mrn ssn nhs npi accession passport insurance record serial number no " +
    "birth birthday birthdate birthtime dob born geburt geburtsdatum geburtstag " +
    "address street zip zipcode postcode postal city phone telephone mobile fax email mail url ip " +
    "physician physicians doctor radiologist radiographer operator operators referring nurse reader " +
    "comment comments note notes remark remarks report text description occupation religion"
  ).split(" "),
);

/**
 * Attributes that DICOM counts among those that can identify, without spaces and in lower case.
 * @source PS3.15 table E.1-1, the Basic Application Level Confidentiality Profile (those of the patient, the persons and places).
 */
const identifyingKeywords = new Set(
  (
    "AccessionNumber AdditionalPatientHistory AdmissionID AdmittingDate AdmittingTime Allergies BranchOfService " +
    "ClinicalTrialSubjectID ClinicalTrialSubjectReadingID ConsultingPhysicianName CountryOfResidence CurrentPatientLocation " +
    "DeviceSerialNumber DeviceUID FrameOfReferenceUID InstitutionAddress InstitutionCodeSequence InstitutionName " +
    "InstitutionalDepartmentName InsurancePlanIdentification IssuerOfPatientID MedicalAlerts MedicalRecordLocator MilitaryRank " +
    "NameOfPhysiciansReadingStudy NamesOfIntendedRecipientsOfResults Occupation OperatorIdentificationSequence OperatorsName " +
    "OtherPatientIDs OtherPatientIDsSequence OtherPatientNames PatientAddress PatientBirthDate PatientBirthName PatientBirthTime " +
    "PatientComments PatientID PatientInstitutionResidence PatientInsurancePlanCodeSequence PatientMotherBirthName PatientName " +
    "PatientReligiousPreference PatientTelephoneNumbers PerformingPhysicianName PersonAddress PersonName PersonTelephoneNumbers " +
    "PhysiciansOfRecord PhysiciansReadingStudyIdentificationSequence ReferringPhysicianAddress ReferringPhysicianName " +
    "ReferringPhysicianTelephoneNumbers RegionOfResidence RequestingPhysician RequestingService ResponsibleOrganization " +
    "ResponsiblePerson ScheduledPerformingPhysicianName SeriesInstanceUID SOPInstanceUID StationName StudyID StudyInstanceUID " +
    "TextComments TextString VerifyingObserverName VisitComments"
  )
    .toLowerCase()
    .split(" "),
);

const longestText = 64;
/** Of so many filled rows and more, a column whose values hardly ever repeat says who each row is. */
const fewestRowsToJudge = 10;
const mostDistinct = 0.9;

/**
 * The columns of a label file that neither name anybody nor are used otherwise, and those left out.
 *
 * Left out by their header (names, IDs, births, addresses, physicians, free text; DICOM's identifying keywords) and by their
 * values (one of its own in nearly every row, long text). Dates are kept as their year, ages of 90 and more as 90.
 * used: lower-case columns with a meaning of their own.
 */
export function otherColumns(
  table: CsvTable,
  used: readonly string[],
): { readonly valuesOf: (line: number) => Columns; readonly leftOut: readonly ColumnLeftOut[] } {
  const leftOut: ColumnLeftOut[] = [];
  const byLine = new Map<number, Record<string, string | number>>(table.rows.map(({ line }) => [line, {}]));
  for (const column of table.columns) {
    if (column === "" || used.includes(column)) continue;
    const filled = table.rows.flatMap(({ line, values }) => {
      const text = values[column];
      return text === undefined || text === "" ? [] : [{ line, text }];
    });
    if (filled.length === 0) continue;
    const texts = filled.map(({ text }) => text);
    const why = whyHeaderNames(column) ?? whyValuesName(texts);
    if (why !== null) {
      leftOut.push({ column, why });
      continue;
    }
    const parse = parserOf(column, texts);
    for (const { line, text } of filled) {
      const own = byLine.get(line);
      if (own !== undefined) own[column] = parse(text);
    }
  }
  return { valuesOf: (line) => byLine.get(line) ?? {}, leftOut };
}

function whyHeaderNames(column: string): string | null {
  const letters = column.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();
  if (identifyingKeywords.has(letters)) return "DICOM counts it among what can identify a patient";
  const words = column.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  const isNaming = (word: string) =>
    namingWords.has(word) ||
    /(name|birth|date.?of.?birth|address|phone|(patient|subject|study|case|person)(id|no|nr))$/.test(word);
  return words.some(isNaming) ? "its header speaks of names, IDs, births, addresses, persons or free text" : null;
}

function whyValuesName(texts: readonly string[]): string | null {
  if (texts.some((text) => text.length > longestText)) return "it holds long text";
  if (texts.some((text) => /@|\^/.test(text))) return "it holds what looks like names or addresses";
  if (texts.length < fewestRowsToJudge || texts.every(isDate)) return null;
  const isMeasured = texts.every((text) => isNumber(text) && (text.includes(".") || Math.abs(Number(text)) < 10_000));
  if (isMeasured) return null;
  const distinct = new Set(texts).size;
  return distinct > mostDistinct * texts.length ? "nearly every row has a value of its own, as IDs and names do" : null;
}

function parserOf(column: string, texts: readonly string[]): (text: string) => string | number {
  if (texts.every(isDate)) return (text) => Number(/\d{4}/.exec(text)?.[0]);
  if (!texts.every(isNumber)) return (text) => text;
  const isAge = /(^|[^a-z])(age|alter)([^a-z]|$)/.test(column);
  return (text) => (isAge ? Math.min(90, Number(text)) : Number(text));
}

const isNumber = (text: string) => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);

/** 2020-03-11, 20200311, 11.03.2020, 3/11/2020, with or without a time. */
const isDate = (text: string) =>
  /^((19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}|(19|20)\d{2}[01]\d[0-3]\d|\d{1,2}[-/.]\d{1,2}[-/.](19|20)\d{2})([ T].*)?$/.test(
    text,
  );
