import { expect, it } from "vitest";
import { orderClasses } from "./classes.ts";

it.each([
  [
    ["normal", "COVID-19", "other pneumonia"],
    ["COVID-19", "other pneumonia", "normal"],
  ],
  [
    ["not COVID-19", "COVID-19"],
    ["COVID-19", "not COVID-19"],
  ],
  [
    ["NonCOVID", "COVID"],
    ["COVID", "NonCOVID"],
  ],
  [
    ["Healthy control", "tuberculosis"],
    ["tuberculosis", "Healthy control"],
  ],
  [
    ["nodule", "nonspecific interstitial pneumonia", "no finding"],
    ["nodule", "nonspecific interstitial pneumonia", "no finding"],
  ],
  [
    ["b", "A", "b", "a"],
    ["A", "a", "b"],
  ],
])("orders %j with the class without disease last", (names, expected) => {
  expect(orderClasses(names)).toEqual(expected);
});
