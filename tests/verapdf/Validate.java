import java.io.FileInputStream;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.VeraPDFFoundry;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Holds PDFs against PDF/UA-1 with veraPDF; says what fails, and ends with 1 if anything does. */
public class Validate {
    private static final PDFAFlavour FLAVOUR = PDFAFlavour.PDFUA_1;

    public static void main(String[] paths) throws Exception {
        Logger.getLogger("").setLevel(Level.OFF);
        VeraGreenfieldFoundryProvider.initialise();
        boolean all = paths.length > 0;
        for (String path : paths) {
            all &= holds(path);
        }
        System.exit(all ? 0 : 1);
    }

    private static boolean holds(String path) throws Exception {
        VeraPDFFoundry foundry = Foundries.defaultInstance();
        try (FileInputStream stream = new FileInputStream(path);
                PDFAParser parser = foundry.createParser(stream, FLAVOUR);
                PDFAValidator validator = foundry.createValidator(FLAVOUR, false)) {
            ValidationResult result = validator.validate(parser);
            String verdict = result.isCompliant() ? "PDF/UA-1" : "NOT PDF/UA-1";
            System.out.printf("%s: %s, %,d checks%n", path, verdict, result.getTotalAssertions());
            for (TestAssertion check : result.getTestAssertions()) {
                if (check.getStatus() == TestAssertion.Status.FAILED) {
                    System.out.printf("  %s: %s%n", check.getRuleId().getClause(), check.getMessage());
                }
            }
            return result.isCompliant();
        }
    }
}
