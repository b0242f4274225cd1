/** Less than this of a lobe cannot be told from none. */
export const leastShare = 0.005;

/**
 * A lobe's points by how much of it is involved: 0 none, 1 less than 5 %, 2 up to 25 %, 3 less than 50 %, 4 up to 75 %, 5 more.
 * @source Chang et al. 2005; Pan et al. 2020, "Time course of lung changes at chest CT during recovery from COVID-19".
 */
export function lobePoints(affectedShare: number): number {
  if (affectedShare < leastShare) return 0;
  if (affectedShare < 0.05) return 1;
  if (affectedShare <= 0.25) return 2;
  if (affectedShare < 0.5) return 3;
  return affectedShare <= 0.75 ? 4 : 5;
}

/** How the score was come by, in words. */
export const scoreDerivation =
  "Sum over five lobes of 0 to 5 points (none, < 5 %, 5–25 %, 25–50 %, 50–75 %, > 75 % affected; less than 0.5 % counts as none). The fissures were not looked for: lobes are parted by planes that give each its usual share of the lung's volume, and what is affected is measured by density. Readers score by eye.";
