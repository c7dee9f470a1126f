import { Enums, Models, SPDX } from '@cyclonedx/cyclonedx-library';

/** A licence as CycloneDX has it: an identifier of the SPDX list, an expression, or else a name. */
export function licenceStatement(
  expression: string | undefined,
  url?: string | undefined,
): Models.LicenseRepository {
  if (expression === undefined) return new Models.LicenseRepository();
  const details = { acknowledgement: Enums.LicenseAcknowledgement.Declared, url };
  if (SPDX.isSupportedSpdxId(expression)) {
    return new Models.LicenseRepository([new Models.SpdxLicense(expression, details)]);
  }
  if (!/ (AND|OR|WITH) /.test(expression)) {
    return new Models.LicenseRepository([new Models.NamedLicense(expression, details)]);
  }
  const compound = new Models.LicenseExpression(expression);
  compound.acknowledgement = Enums.LicenseAcknowledgement.Declared;
  return new Models.LicenseRepository([compound]);
}
