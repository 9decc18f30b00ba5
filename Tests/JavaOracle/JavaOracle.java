import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Answers on standard output what Java makes of the questions on standard input, line by line.
 *
 * A question is a word and texts, as UTF-8 in hexadecimal, with blanks between:
 * "find PATTERN TEXT" -> "refused", "none", or the groups of the first hit, "-" for one that took no part;
 * "equal TEXT TEXT" -> "true" or "false" as equalsIgnoreCase says;
 * "members PATTERN" -> the code points that the pattern matches, as ranges.
 */
public final class JavaOracle {
    public static void main(String[] arguments) throws IOException {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        var output = new StringBuilder();
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ", -1);
            output.append(switch (words[0]) {
                case "find" -> find(text(words[1]), text(words[2]));
                case "equal" -> Boolean.toString(text(words[1]).equalsIgnoreCase(text(words[2])));
                case "members" -> members(text(words[1]));
                default -> throw new IOException("no such question: " + words[0]);
            }).append('\n');
        }
        System.out.print(output);
    }

    private static String text(String hexadecimal) {
        return new String(HexFormat.of().parseHex(hexadecimal), StandardCharsets.UTF_8);
    }

    private static String hexadecimal(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String find(String pattern, String text) {
        try {
            Matcher matcher = Pattern.compile(pattern).matcher(text);
            if (!matcher.find()) return "none";
            var groups = new StringBuilder();
            for (int group = 0; group <= matcher.groupCount(); group++) {
                if (group > 0) groups.append(',');
                String taken = matcher.group(group);
                groups.append(taken == null ? "-" : hexadecimal(taken));
            }
            return groups.toString();
        } catch (PatternSyntaxException refusal) {
            return "refused";
        } catch (RuntimeException | StackOverflowError failure) {
            return "failed";
        }
    }

    private static String members(String pattern) {
        Pattern compiled;
        try {
            compiled = Pattern.compile(pattern);
        } catch (PatternSyntaxException refusal) {
            return "refused";
        }
        var ranges = new StringBuilder();
        int start = -1;
        for (int value = 0; value <= 0x110000; value++) {
            boolean isMember = value <= 0x10FFFF && !(value >= 0xD800 && value <= 0xDFFF)
                && Character.isDefined(value) && compiled.matcher(Character.toString(value)).find();
            if (isMember && start < 0) start = value;
            if (!isMember && start >= 0) {
                ranges.append(Integer.toHexString(start)).append('-').append(Integer.toHexString(value - 1)).append(' ');
                start = -1;
            }
        }
        return ranges.toString();
    }
}
