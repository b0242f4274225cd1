import type { RetainOptions } from "./action.ts";
import { encodeElements, encodeItems, textValue, type Writing, type WrittenElement } from "./encodeElements.ts";

/**
 * The attributes that say how a data set was de-identified: Patient Identity Removed, De-identification Method and its codes,
 * Longitudinal Temporal Information Modified.
 * @source PS3.15 E.1.1; PS3.16 CID 7050; PS3.3 C.7.1.1, C.12.1
 */
export function methodElements(retain: RetainOptions, writing: Writing): WrittenElement[] {
  const element = (tag: string, vr: string, text: string): WrittenElement => ({ tag, vr, value: textValue(text, vr) });
  const items = codesOf(retain).map(([code, meaning]) =>
    encodeElements(
      [element("00080100", "SH", code), element("00080102", "SH", "DCM"), element("00080104", "LO", meaning)],
      writing,
    ),
  );
  const times = { remove: "REMOVED", shift: "MODIFIED", keep: "UNMODIFIED" }[retain.dates];
  return [
    element("00120062", "CS", "YES"),
    element("00120063", "LO", "Groundglass deidentify, PS3.15 Annex E"),
    { tag: "00120064", vr: "SQ", value: encodeItems(items, writing) },
    element("00280303", "CS", times),
  ];
}

function codesOf(retain: RetainOptions): (readonly [code: string, meaning: string])[] {
  const options: (readonly [boolean, string, string])[] = [
    [true, "113100", "Basic Application Confidentiality Profile"],
    [retain.descriptors, "113105", "Clean Descriptors Option"],
    [retain.dates === "keep", "113106", "Retain Longitudinal Temporal Information Full Dates Option"],
    [retain.dates === "shift", "113107", "Retain Longitudinal Temporal Information Modified Dates Option"],
    [retain.patient, "113108", "Retain Patient Characteristics Option"],
    [retain.device, "113109", "Retain Device Identity Option"],
    [retain.uids, "113110", "Retain UIDs Option"],
    [retain.institution, "113112", "Retain Institution Identity Option"],
  ];
  return options.flatMap(([isUsed, code, meaning]) => (isUsed ? [[code, meaning] as const] : []));
}
