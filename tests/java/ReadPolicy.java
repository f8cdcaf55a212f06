import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.util.Enumeration;
import sun.security.provider.PolicyParser;

/** Shows what the JVM's own parser makes of policy files: one line a file, and one for each permission. */
public class ReadPolicy {
    public static void main(String[] paths) throws Exception {
        for (String path : paths) {
            PolicyParser parser = new PolicyParser(false);
            boolean mistake = false;
            try {
                parser.read(new InputStreamReader(new FileInputStream(path), "UTF-8"));
            } catch (PolicyParser.ParsingException exception) {
                mistake = true;
            }
            StringBuilder out = new StringBuilder(mistake ? "mistake" : "sound");
            Enumeration<PolicyParser.GrantEntry> grants = parser.grantElements();
            while (!mistake && grants.hasMoreElements()) {
                PolicyParser.GrantEntry grant = grants.nextElement();
                out.append(" [").append(show(grant.codeBase)).append(' ').append(show(grant.signedBy)).append(' ');
                out.append(grant.principals == null ? 0 : grant.principals.size());
                Enumeration<PolicyParser.PermissionEntry> permissions = grant.permissionElements();
                while (permissions.hasMoreElements()) {
                    PolicyParser.PermissionEntry permission = permissions.nextElement();
                    out.append(" (").append(show(permission.permission)).append(' ').append(show(permission.name));
                    out.append(' ').append(show(permission.action)).append(' ').append(show(permission.signedBy));
                    out.append(')');
                }
                out.append(']');
            }
            System.out.println(out);
        }
    }

    private static String show(String text) {
        if (text == null) {
            return "-";
        }
        StringBuilder out = new StringBuilder();
        for (char unit : text.toCharArray()) {
            out.append(String.format("%04x", (int) unit));
        }
        return out.append('.').toString();
    }
}
