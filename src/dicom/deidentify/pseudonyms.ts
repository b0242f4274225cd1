import { createHmac, type KeyObject } from "node:crypto";

/**
 * What stands for a patient's identifiers. All of it follows from the originals and a secret key: the same key gives the same
 * pseudonyms in every run, and without the key nothing leads back.
 */
export interface Pseudonyms {
  /** For the Patient ID, and the name: "subject-" and 12 hexadecimal digits. */
  subject(patientId: string): string;
  /** Below the root for UUIDs. @source PS3.5 B.2 */
  uid(original: string): string;
  /** Days to add to every date of a subject: one to ten years back. */
  shiftDays(patientId: string): number;
  /** Hexadecimal digits for names of folders and files. */
  name(kind: string, original: string): string;
}

/** Pseudonyms under a key. */
export function pseudonymsOf(key: KeyObject): Pseudonyms {
  const digest = (kind: string, text: string) => createHmac("sha256", key).update(`${kind}\0${text}`).digest();
  return {
    subject: (patientId) => `subject-${digest("subject", patientId).toString("hex").slice(0, 12)}`,
    uid(original) {
      const bytes = digest("uid", original).subarray(0, 16);
      // A UUID of version 8, whose other bits may be anything. @source RFC 9562, 5.8
      bytes[6] = 0x80 | ((bytes[6] as number) & 0x0f);
      bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
      return `2.25.${BigInt(`0x${bytes.toString("hex")}`)}`;
    },
    shiftDays: (patientId) => -(365 + (digest("dates", patientId).readUInt32BE(0) % 3286)),
    name: (kind, original) => digest(`name ${kind}`, original).toString("hex").slice(0, 12),
  };
}
