/// The functions over vectors that `actrec sql` and the named queries have, for help and reference.
public enum VectorFunctions {
    public struct Function: Sendable {
        /// As it is called: `vec_length(x)`.
        public let call: String
        public let meaning: String
        /// Whether sqlite-vec has a function with this name, these arguments and this meaning.
        public let isInSQLiteVec: Bool

        public var name: String { String(call.prefix { $0 != "(" }) }
    }

    public static let all: [Function] = [
        theirs("vec_f32(x)", "the vector as a BLOB of float32, from JSON too"),
        ours("vec_f32(x, dtype)", "the same of a BLOB with this `dtype`: float16 is widened exactly"),
        theirs("vec_length(x)", "number of values"),
        theirs("vec_to_json(x)", "a JSON array; nine digits, which give the float32 back (sqlite-vec writes six after the point)"),
        theirs("vec_add(x, y)", "x + y, value by value"),
        theirs("vec_sub(x, y)", "x - y, value by value"),
        theirs("vec_normalize(x)", "x over its Euclidean length"),
        theirs("vec_slice(x, start, end)", "values start to end - 1, counted from 0: one head of q, k, v or z"),
        theirs("vec_distance_L2(x, y)", "Euclidean distance"),
        theirs("vec_distance_cosine(x, y)", "1 - cosine of the angle; NULL for a vector of zeros"),
        theirs("vec_each(x)", "a table: `rowid` the value's index from 0, `value`"),
        ours("vec_dot(x, y)", "sum of products"),
        ours("vec_mean(x)", "mean of the values"),
        ours("vec_variance(x)", "population variance of the values, as LayerNorm takes it"),
        ours("vec_at(x, i)", "value i, counted from 0"),
        ours("vec_avg(x)", "aggregate: the mean vector over the rows; NULL is skipped"),
    ]

    private static func theirs(_ call: String, _ meaning: String) -> Function {
        Function(call: call, meaning: meaning, isInSQLiteVec: true)
    }

    private static func ours(_ call: String, _ meaning: String) -> Function {
        Function(call: call, meaning: meaning, isInSQLiteVec: false)
    }

    /// A section for the reference of the schema.
    static var markdown: String {
        var page = """
            ## Computing with vectors in SQL

            `actrec sql` and `actrec query` have functions over vectors. How far apart do two words point, before a norm and after it?

            ```sh
            actrec sql run.db "WITH words AS (SELECT hook, token, vec_avg(vec_f32(vector, dtype)) AS x FROM activation_vectors
                WHERE token IN (' hatred', ' ok') AND hook GLOB '*.ln1.hook_*' GROUP BY hook, token)
              SELECT a.hook, 1 - vec_distance_cosine(a.x, b.x) AS cosine FROM words a JOIN words b USING (hook) WHERE a.token < b.token"
            ```

            A vector is a BLOB of float32 values or a JSON array. A float16 BLOB goes through `vec_f32(vector, dtype)` first. Sums are taken in
            double precision; a result that is a vector is rounded to float32. NULL gives NULL; vectors of different lengths are an error.
            Where "sqlite-vec" says yes, a stock sqlite3 with the [sqlite-vec](https://github.com/asg017/sqlite-vec) extension gives the same
            answer to float32. The other functions are actrec's own.

            | function | result | sqlite-vec |
            |---|---|---|

            """
        for function in all {
            page += "| `\(function.call)` | \(function.meaning) | \(function.isInSQLiteVec ? "yes" : "no") |\n"
        }
        return page + "\n"
    }
}
