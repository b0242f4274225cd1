/** dcmjs ships no types: what encoding and de-identification use of it. */
declare module "dcmjs" {
  type Naturalized = Readonly<Record<string, unknown>>;
  type Dictionary = Record<string, { readonly vr: string; readonly Value: readonly unknown[] }>;
  interface DicomDict {
    dict: Dictionary;
    write(): ArrayBuffer;
  }
  const dcmjs: {
    readonly data: {
      readonly DicomDict: new (meta: Dictionary) => DicomDict;
      readonly DicomMetaDictionary: {
        denaturalizeDataset(dataset: Naturalized): Dictionary;
        /** By tag, "(0010,0010)". */
        readonly dictionary: Readonly<Record<string, { readonly vr: string } | undefined>>;
      };
    };
  };
  export default dcmjs;
}
