import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Set;
import java.util.TreeSet;

/**
 * Shows what a server's own loader and its register of settings make of files: each line of the input is a file, with `\n` for
 * line ends, and becomes a line of `name=good`, `name=unknown` or `name=refused: why`, with tabs between them, or `loader: why`.
 * The argument is `org.elasticsearch` or `org.opensearch`; with `names` behind it, the names of the register, those that are
 * deprecated with ` d` behind them.
 */
public class JudgeSettings {
    private static String product;

    public static void main(String[] words) throws Exception {
        product = words[0];
        // What the server logs is no part of the answer.
        PrintStream out = System.out;
        System.setOut(System.err);
        try {
            type("common.logging.LogConfigurator").getMethod("configureESLogging").invoke(null);
        } catch (ClassNotFoundException | NoSuchMethodException exception) {
            // Up to 7 nothing has to be told.
        }
        Class<?> settings = type("common.settings.Settings");
        Set<?> known = (Set<?>) type("common.settings.ClusterSettings").getField("BUILT_IN_CLUSTER_SETTINGS").get(null);
        Object register = type("common.settings.ClusterSettings").getConstructor(settings, Set.class)
            .newInstance(settings.getField("EMPTY").get(null), known);
        if (words.length > 1) {
            TreeSet<String> names = new TreeSet<>();
            Class<?> of = type("common.settings.Setting");
            for (Object setting : known) {
                boolean isDeprecated = of.getMethod("getProperties").invoke(setting).toString().contains("Deprecated");
                names.add(of.getMethod("getKey").invoke(setting) + (isDeprecated ? " d" : ""));
            }
            names.forEach(out::println);
            return;
        }
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line; (line = input.readLine()) != null;) {
            out.println(judge(line.replace("\\n", "\n"), settings, register));
        }
    }

    private static String judge(String text, Class<?> settings, Object register) throws Exception {
        StringBuilder verdicts = new StringBuilder();
        try {
            Object loaded = load(text, settings);
            Method find = register.getClass().getMethod("get", String.class);
            for (Object name : (Set<?>) settings.getMethod("keySet").invoke(loaded)) {
                Object setting = find.invoke(register, name);
                verdicts.append(verdicts.length() == 0 ? "" : "\t").append(name).append('=');
                verdicts.append(setting == null ? "unknown" : value(setting, loaded, settings));
            }
        } catch (InvocationTargetException exception) {
            return "loader: " + why(exception);
        }
        return verdicts.toString();
    }

    private static Object load(String text, Class<?> settings) throws Exception {
        Object builder = settings.getMethod("builder").invoke(null);
        for (Method method : builder.getClass().getMethods()) {
            if (method.getName().equals("loadFromSource") && method.getParameterCount() == 2) {
                Class<?> format = method.getParameterTypes()[1];
                Class<?> formats = format.isEnum() ? format : type("common.xcontent.XContentType");
                method.invoke(builder, text, formats.getField("YAML").get(null));
                return builder.getClass().getMethod("build").invoke(builder);
            }
        }
        throw new NoSuchMethodException("loadFromSource");
    }

    private static String value(Object setting, Object loaded, Class<?> settings) throws Exception {
        try {
            type("common.settings.Setting").getMethod("get", settings).invoke(setting, loaded);
            return "good";
        } catch (InvocationTargetException exception) {
            return "refused: " + why(exception);
        }
    }

    private static String why(InvocationTargetException exception) {
        return String.valueOf(exception.getCause().getMessage()).replaceAll("\\s+", " ");
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(product + "." + name);
    }
}
