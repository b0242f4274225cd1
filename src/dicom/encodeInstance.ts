import dcmjs from "dcmjs";
import { version } from "../base/version.ts";

const { DicomDict, DicomMetaDictionary } = dcmjs.data;

const ctImageStorage = "1.2.840.10008.5.1.4.1.1.2";
const explicitLittleEndian = "1.2.840.10008.1.2.1";
/** Names Groundglass as the writer; drawn once as a UUID. @source PS3.5 B.2 */
export const implementationClassUid = "2.25.294206338127437650389262862034516284718";

/** One axial CT slice with what describes it, to be written as CT Image Storage. */
export interface CtInstance {
  readonly patient: {
    readonly name: string;
    readonly id: string;
    readonly sex: "F" | "M" | "O";
    readonly ageYears: number;
  };
  readonly study: {
    readonly uid: string;
    /** At most 16 characters. */
    readonly id: string;
    readonly description: string;
    readonly date: DicomDate;
  };
  readonly series: {
    readonly uid: string;
    readonly number: number;
    readonly description: string;
    readonly kernel: string;
    readonly manufacturer: string;
    readonly modelName: string;
    readonly kvp: number;
    /** "HFS", "FFS" … @source PS3.3 C.7.3.1.1.2 */
    readonly patientPosition: string;
    readonly frameOfReferenceUid: string;
  };
  readonly instanceUid: string;
  readonly instanceNumber: number;
  /** Centre of the first pixel, LPS, millimetres. */
  readonly positionMm: readonly [number, number, number];
  /** Direction of a row, then of a column. */
  readonly orientation: readonly [number, number, number, number, number, number];
  /** Distance of rows, of columns. */
  readonly pixelSpacingMm: readonly [number, number];
  readonly sliceThicknessMm: number;
  readonly spacingBetweenSlicesMm: number;
  readonly windowLevel: { readonly levelHu: number; readonly widthHu: number };
  readonly rows: number;
  readonly columns: number;
}

/** A date and time as DICOM writes them. */
export interface DicomDate {
  /** YYYYMMDD */
  readonly date: string;
  /** HHMMSS */
  readonly time: string;
}

/**
 * The bytes of a DICOM file with the slice: Explicit VR little endian, 12 bits unsigned in 16, intercept −1024.
 *
 * hounsfield: [rows, columns]; values beyond −1024 … 3071 are clipped. Marked as derived from nothing and free of a
 * real patient: the caller answers for the names it gives.
 * @source PS3.3 A.3 CT Image IOD
 */
export function encodeCtInstance(instance: CtInstance, hounsfield: Int16Array): Uint8Array {
  const { patient, study, series } = instance;
  const stored = new Uint16Array(hounsfield.length);
  for (let i = 0; i < stored.length; i++) stored[i] = Math.max(0, Math.min(4095, (hounsfield[i] as number) + 1024));
  const file = new DicomDict({
    "00020001": { vr: "OB", Value: [new Uint8Array([0, 1]).buffer] },
    "00020002": { vr: "UI", Value: [ctImageStorage] },
    "00020003": { vr: "UI", Value: [instance.instanceUid] },
    "00020010": { vr: "UI", Value: [explicitLittleEndian] },
    "00020012": { vr: "UI", Value: [implementationClassUid] },
    "00020013": { vr: "SH", Value: [`GROUNDGLASS${version}`.slice(0, 16)] },
  });
  file.dict = DicomMetaDictionary.denaturalizeDataset({
    SpecificCharacterSet: "ISO_IR 100",
    ImageType: ["ORIGINAL", "PRIMARY", "AXIAL"],
    SOPClassUID: ctImageStorage,
    SOPInstanceUID: instance.instanceUid,
    StudyDate: study.date.date,
    SeriesDate: study.date.date,
    AcquisitionDate: study.date.date,
    ContentDate: study.date.date,
    StudyTime: study.date.time,
    SeriesTime: study.date.time,
    AcquisitionTime: study.date.time,
    ContentTime: study.date.time,
    AccessionNumber: "",
    Modality: "CT",
    Manufacturer: series.manufacturer,
    ReferringPhysicianName: "",
    StudyDescription: study.description,
    SeriesDescription: series.description,
    ManufacturerModelName: series.modelName,
    PatientName: patient.name,
    PatientID: patient.id,
    PatientBirthDate: "",
    PatientSex: patient.sex,
    PatientAge: `${String(patient.ageYears).padStart(3, "0")}Y`,
    BodyPartExamined: "CHEST",
    SliceThickness: text(instance.sliceThicknessMm),
    KVP: text(series.kvp),
    SpacingBetweenSlices: text(instance.spacingBetweenSlicesMm),
    ConvolutionKernel: series.kernel,
    PatientPosition: series.patientPosition,
    StudyInstanceUID: study.uid,
    SeriesInstanceUID: series.uid,
    StudyID: study.id,
    SeriesNumber: text(series.number),
    AcquisitionNumber: "1",
    InstanceNumber: text(instance.instanceNumber),
    ImagePositionPatient: instance.positionMm.map(text),
    ImageOrientationPatient: instance.orientation.map(text),
    FrameOfReferenceUID: series.frameOfReferenceUid,
    PositionReferenceIndicator: "",
    SliceLocation: text(instance.positionMm[2]),
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
    Rows: instance.rows,
    Columns: instance.columns,
    PixelSpacing: instance.pixelSpacingMm.map(text),
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    WindowCenter: text(instance.windowLevel.levelHu),
    WindowWidth: text(instance.windowLevel.widthHu),
    RescaleIntercept: "-1024",
    RescaleSlope: "1",
    RescaleType: "HU",
    PixelData: stored.buffer,
    _vrMap: { PixelData: "OW" },
  });
  return new Uint8Array(file.write());
}

/** A decimal string of at most 16 characters. @source PS3.5 6.2, VR DS */
function text(value: number): string {
  const whole = String(value);
  return whole.length <= 16 && !whole.includes("e") ? whole : String(Number(value.toFixed(8))).slice(0, 16);
}
