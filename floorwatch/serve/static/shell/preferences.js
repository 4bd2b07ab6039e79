// What this screen prefers: chosen in the address, else chosen here before, else what fits most screens.

const asked = new URLSearchParams(location.search);

/** What was chosen in the address, else on this screen before, else `otherwise`. */
export function preference(name, otherwise) {
  try {
    return asked.get(name) ?? localStorage.getItem(`floorwatch.${name}`) ?? otherwise;
  } catch {
    return asked.get(name) ?? otherwise; // storage may be forbidden on a kiosk
  }
}

/** Only what the address says: null when it does not. */
export const inAddress = (name) => asked.get(name);

export function remember(name, value) {
  try {
    localStorage.setItem(`floorwatch.${name}`, value);
  } catch {
    // then it is chosen again next time
  }
}
